import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listed, useTestProject } from './test-project.ts'

const { dir, write, refusal } = useTestProject()

/** A whole project around one section, so that a case shows only what it is about. Line 4 is the first of `rest`. */
const around = (rest: string) => `name: x\ndatabase:\n  tables: {}\n${rest}`
const destination = (rest: string) =>
  around(
    `credentials:\n  z: { type: zendesk, email: ada@example.com, api_token: t }\ndestinations:\n  d: { plugin: zendesk, credential: z, subdomain: s, ${rest} }\n`,
  )

const alerts = (rest: string) =>
  `${destination('')}queries: { q: queries/people.sql }\norchestrations:\n  o: { query: q, destination: d, alerts: { ${rest} } }\n`

const labels = 'name, description'
const legal = {
  top: 'name, description, time_zone, sources, database, databases, credentials, destinations, queries, attributes_tables, segments, orchestrations, groups, history',
  destination: `plugin, ${labels}, credential, admin_only, limited_pii, subdomain, base_url, limits, default_country, country_column, mark_verified, email_conflicts, invalid_values, unknown_fields, protect_agents, without_bulk_import, email_change, phone_change, tags, organizations, field_ownership, on_exit, live, confirm, guards, user_fields`,
  endings: '.csv, .csv.gz, .tsv, .tsv.gz, .parquet, .json, .json.gz, .jsonl, .jsonl.gz, .ndjson, .ndjson.gz',
  key: 'it must start with a letter and go on with letters, digits, _ or -, at most 64 in all',
}

const bad: [what: string, yaml: string, ...problems: string[]][] = [
  // YAML itself.
  ['an empty file', '', '1:1 : is empty: `deskside init` in an empty folder shows what belongs here'],
  ['a list', '- a\n', '1:1 : must be a map of keys and values (not a list)'],
  ['a key twice', around('name: y\n'), '4:1 : cannot be read as YAML: the key name stands here twice'],
  ['a tab', 'name: x\ndatabase:\n\ttables: {}\n', '3:1 : cannot be read as YAML: Tabs are not allowed as indentation'],
  [
    'two documents',
    `${around('')}---\nname: y\n`,
    '4:1 : cannot be read as YAML: a second document starts here (`---`); one file holds one project',
  ],
  [
    'a tag',
    around('time_zone: !zone UTC\n'),
    '4:12 : cannot be read as YAML: tags are not read; put text that starts with ! in quotes',
  ],
  [
    'an alias of nothing',
    around('time_zone: *zone\n'),
    '4:12 time_zone: is an alias, but its anchor does not stand before it; put text that starts with * in quotes',
  ],
  [
    'an alias of itself',
    around('queries: &q { a: *q }\n'),
    '4:18 queries.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a: is nested too deeply, or contains itself',
  ],
  ['a key that is a map', around('? { a: b }\n: c\n'), '4:3 : has a key that is not a plain name'],
  [
    '__proto__',
    around('queries:\n  __proto__: queries/people.sql\n'),
    '5:3 queries: has a key that is not a plain name',
  ],
  [
    'a backslash',
    around('time_zone: "C:\\data"\n'),
    '4:15 : cannot be read as YAML: Invalid escape sequence; between double quotes a backslash is written twice',
  ],
  // Keys.
  [
    'a misspelled key',
    around('quieries: {}\n'),
    `4:1 quieries: is not a legal key; did you mean \`queries\`? Legal here: ${legal.top}`,
  ],
  ['an unknown key', around('zzz: {}\n'), `4:1 zzz: is not a legal key. Legal here: ${legal.top}`],
  [
    'a missing key',
    'name: x\n',
    '1:1 database: is missing: it must be a map of keys and values; several stand below `databases`',
  ],
  ['a section without content', around('queries:\n'), '4:9 queries: must be a map of keys and values (not empty)'],
  [
    'a key with a space',
    around('queries:\n  my query: queries/people.sql\n'),
    `5:3 queries.my query: is not a legal name: ${legal.key}`,
  ],
  [
    'organization',
    destination('organization: Acme'),
    '7:54 destinations.d.organization: is not a legal key: set `organizations: add` or `create`, and give the query a column `organization`',
  ],
  [
    'an unknown destination key',
    destination('subdomian: y'),
    `7:54 destinations.d.subdomian: is not a legal key; did you mean \`subdomain\`? Legal here: ${legal.destination}`,
  ],
  // Values.
  [
    'a name that is a number',
    'name: 4\ndatabase: { tables: {} }\n',
    '1:7 name: must be text (not 4); put it in quotes',
  ],
  ['an empty name', 'name: ""\ndatabase: { tables: {} }\n', '1:7 name: must not be empty (not "")'],
  [
    'a time zone',
    around('time_zone: Europe/Berln\n'),
    '4:12 time_zone: must be the name of an IANA time zone such as Europe/Berlin; did you mean Europe/Berlin? (not "Europe/Berln")',
  ],
  [
    'an offset',
    around('time_zone: "+02:00"\n'),
    '4:12 time_zone: must be the name of an IANA time zone such as Europe/Berlin (not "+02:00")',
  ],
  [
    'an engine',
    'name: x\ndatabase: { engine: postgres, tables: {} }\n',
    '2:21 database.engine: must be `duckdb` (not "postgres")',
  ],
  [
    'limits of the engine',
    'name: x\ndatabase: { tables: {}, limits: { memory_mb: 1.5, timeout_minutes: 0 } }\n',
    '2:46 database.limits.memory_mb: must be a whole number (not 1.5)',
    '2:68 database.limits.timeout_minutes: must be more than 0 (not 0)',
  ],
  [
    'days of history',
    'name: x\ndatabase: { tables: {} }\nhistory: { workflow_days: 0, activity_days: 29 }\n',
    '3:27 history.workflow_days: must be at least 1 (not 0)',
    '3:45 history.activity_days: must be at least 30 (not 29)',
  ],
  [
    'a limit of a destination',
    destination('limits: { users_per_second: fast, jobs_in_flight: 40 }'),
    '7:82 destinations.d.limits.users_per_second: must be a number or `none` (not "fast")',
    '7:104 destinations.d.limits.jobs_in_flight: must be at most 30 (not 40)',
  ],
  [
    'an option',
    destination('email_conflicts: rejct'),
    '7:71 destinations.d.email_conflicts: must be `reject` or `omit_email` (not "rejct"); did you mean `reject`?',
  ],
  [
    'changes of addresses and numbers',
    destination('email_change: replace, phone_change: 1'),
    '7:68 destinations.d.email_change: must be `add_secondary`, `replace_primary` or `keep` (not "replace")',
    '7:91 destinations.d.phone_change: must be `add_secondary`, `replace_primary` or `keep` (not 1)',
  ],
  [
    'tags',
    destination('tags: ad'),
    '7:60 destinations.d.tags: must be `add` or `replace` or `none` or a map { own: <prefix> } (not "ad")',
  ],
  [
    'tags of our own',
    destination('tags: { own: "a b" }'),
    '7:67 destinations.d.tags.own: must be one or more characters without blanks and commas, such as crm_ (not "a b")',
  ],
  [
    'a map of tags',
    destination('tags: { prefix: crm_ }'),
    '7:54 destinations.d.tags.own: is missing: it must be text',
    '7:62 destinations.d.tags.prefix: is not a legal key. Legal here: own',
  ],
  [
    'organizations',
    destination('organizations: [add]'),
    '7:69 destinations.d.organizations: must be `add` or `create` or `none` (not a list)',
  ],
  [
    'an owner of fields',
    destination('field_ownership: { phone: agent, e_mail: source }'),
    '7:80 destinations.d.field_ownership.phone: must be `source` or `fill_if_empty` (not "agent")',
    '7:87 destinations.d.field_ownership.e_mail: is not a legal name: it must be name, phone, alias, details, notes, signature, locale, time_zone, remote_photo_url, shared_phone_number, suspended, verified or user_fields.<key>',
  ],
  [
    'what becomes of those who left',
    destination('on_exit: remove, live: on, confirm: some'),
    '7:63 destinations.d.on_exit: must be `nothing`, `clear_fields`, `remove_tags`, `suspend` or `delete` (not "remove")',
    '7:77 destinations.d.live: must be `off`, `first_contact` or `always` (not "on")',
    '7:90 destinations.d.confirm: must be `none`, `sample` or `all` (not "some")',
  ],
  [
    'what becomes of tags and fields of all people',
    destination('tags: { own: "" }, field_ownership: agent, mark_verified: sure'),
    '7:67 destinations.d.tags.own: must be one or more characters without blanks and commas, such as crm_ (not "")',
    '7:90 destinations.d.field_ownership: must be `source` or `fill_if_empty` or a map of keys and values (not "agent")',
    '7:112 destinations.d.mark_verified: must be true or false (not "sure")',
  ],
  [
    'words and numbers of a guard of exits',
    destination('guards: { max_exits_percent: some, max_created: 1.5 }, organizations: joined'),
    '7:83 destinations.d.guards.max_exits_percent: must be a number or `none` (not "some")',
    '7:102 destinations.d.guards.max_created: must be a whole number or `none` (not 1.5)',
    '7:124 destinations.d.organizations: must be `add` or `create` or `none` (not "joined")',
  ],
  [
    'a guard of exits',
    destination('guards: { max_exits_percent: 101 }'),
    '7:83 destinations.d.guards.max_exits_percent: must be at most 100 (not 101)',
  ],
  [
    'a guard',
    destination('guards: { max_created: -1 }'),
    '7:77 destinations.d.guards.max_created: must be at least 0 (not -1)',
  ],
  [
    'a country',
    destination('default_country: usa'),
    '7:71 destinations.d.default_country: must be a two-letter ISO country code such as US (not "usa")',
  ],
  [
    'a plugin',
    around('destinations:\n  d: { plugin: zendsk, credential: 1, subdomain: a.b }\n'),
    '5:16 destinations.d.plugin: must be `zendesk` (not "zendsk"); did you mean `zendesk`?',
    '5:36 destinations.d.credential: must be text (not 1); put it in quotes',
    '5:50 destinations.d.subdomain: must be the part before .zendesk.com: letters, digits and hyphens (not "a.b")',
  ],
  // Credentials: values are never repeated.
  [
    'a type of credential',
    around('credentials:\n  z: { type: zendesk_oath }\n'),
    '5:14 credentials.z.type: must be `zendesk_oauth` or `zendesk` (not "zendesk_oath"); did you mean `zendesk_oauth`?',
  ],
  [
    'no type of credential',
    around('credentials:\n  z: { email: ada@example.com }\n'),
    '5:3 credentials.z.type: is missing: it must be `zendesk_oauth` or `zendesk`',
  ],
  [
    'a key of the other type',
    around('credentials:\n  z: { type: zendesk_oauth, client_id: a, api_token: b }\n'),
    '5:3 credentials.z.client_secret: is missing: it must be text',
    '5:43 credentials.z.api_token: is not a legal key. Legal here: type, name, description, client_id, client_secret',
  ],
  [
    'texts of a credential',
    around('credentials:\n  z: { type: zendesk, email: ada@example.com/token, api_token: "a b" }\n'),
    '5:30 credentials.z.email: must be the e-mail address of the user alone, without /token',
    '5:64 credentials.z.api_token: must be plain characters without spaces or line breaks; was one copied along?',
  ],
  [
    'a secret that is a number',
    around('credentials:\n  z: { type: zendesk, email: ada@example.com, api_token: 123456 }\n'),
    '5:58 credentials.z.api_token: must be text; put it in quotes',
  ],
  // Tables.
  [
    'the ending of a table',
    'name: x\ndatabase: { tables: { A: a.txt } }\n',
    `2:26 database.tables.A: must end in one of ${legal.endings} (not "a.txt")`,
  ],
  [
    'a table on the web',
    'name: x\ndatabase: { tables: { A: "s3://b/a.csv" } }\n',
    '2:26 database.tables.A: must be a file on this machine: addresses are not fetched (not "s3://b/a.csv")',
  ],
  [
    'SQL as a file table',
    'name: x\ndatabase: { tables: { A: a.sql } }\n',
    '2:26 database.tables.A: must be { sql: <file> } for a table that SQL defines (not "a.sql")',
  ],
  [
    'a table that is a number',
    'name: x\ndatabase: { tables: { A: 5 } }\n',
    '2:26 database.tables.A: must be text or a map of keys and values (not 5)',
  ],
  [
    'a table without a file',
    'name: x\ndatabase: { tables: { A: {} } }\n',
    '2:23 database.tables.A.path: is missing: it must be text',
  ],
  [
    'a hyphen in a table',
    'name: x\ndatabase: { tables: { a-b: a.csv } }\n',
    '2:23 database.tables.a-b: is not a legal name: it must start with a letter or _ and go on with letters, digits or _, at most 64 in all',
  ],
  [
    'tables that differ in case',
    'name: x\ndatabase: { tables: { A: a.csv, a: b.csv } }\n',
    '2:33 database.tables.a: is the same table as `A`: SQL does not tell case apart',
  ],
  [
    'types of parquet',
    'name: x\ndatabase: { tables: { A: { path: a.parquet, types: text } } }\n',
    '2:45 database.tables.A.types: has no effect: a parquet file brings its own types',
  ],
  [
    'SQL in a type',
    'name: x\ndatabase: { tables: { A: { path: a.csv, types: { c: "int; x" } } } }\n',
    '2:53 database.tables.A.types.c: must be the name of a type such as text, date or decimal(12,2) (not "int; x")',
  ],
  [
    'types that are no map',
    'name: x\ndatabase: { tables: { A: { path: a.csv, types: txt } } }\n',
    '2:48 database.tables.A.types: must be `text` or a map of keys and values (not "txt"); did you mean `text`?',
  ],
  [
    'SQL of a table that is not there',
    'name: x\ndatabase: { tables: { A: { sql: no.sql } } }\n',
    '2:33 database.tables.A.sql: names a file that does not exist: "no.sql"',
  ],
  [
    'types of an SQL table',
    'name: x\ndatabase: { tables: { A: { sql: tables/loyal.sql, types: text } } }\n',
    '2:51 database.tables.A.types: is not a legal key. Legal here: sql, pii, name, description',
  ],
  [
    'an alias of what is wrong',
    'name: x\ndatabase: { tables: { A: &a 5, B: *a } }\n',
    '2:29 database.tables.A: must be text or a map of keys and values (not 5)',
    '2:35 database.tables.B: must be text or a map of keys and values (not 5)',
  ],
  // Queries and orchestrations.
  [
    'SQL in place of a file',
    around('queries:\n  q: SELECT 1\n'),
    '5:6 queries.q: must be the path of a .sql file: put the SQL text into one (not "SELECT 1")',
  ],
  [
    'a query file that is not there',
    around('queries:\n  q: { sql: no.sql }\n'),
    '5:13 queries.q.sql: names a file that does not exist: "no.sql"',
  ],
  [
    'a query of nothing',
    around('orchestrations:\n  o: { query: q, destination: d }\n'),
    '5:15 orchestrations.o.query: is the key of no query: "q". `queries` defines none',
    '5:31 orchestrations.o.destination: is the key of no destination: "d". `destinations` defines none',
  ],
  [
    'a misspelled credential',
    around(
      'credentials:\n  zendesk: { type: zendesk, email: ada@example.com, api_token: t }\ndestinations:\n  d: { plugin: zendesk, credential: zendsk, subdomain: s }\n',
    ),
    '7:37 destinations.d.credential: is the key of no credential: "zendsk"; did you mean `zendesk`? Defined: zendesk',
  ],
  [
    'alerts that stop before they warn',
    alerts(
      'rows: { warn_below: 5, fail_below: 6, warn_above: 50, fail_above: 49 }, change_percent: { warn: 9, fail: 8 }',
    ),
    '10:79 orchestrations.o.alerts.rows.fail_below: must be at least as far out as `warn_below` (not 6)',
    '10:110 orchestrations.o.alerts.rows.fail_above: must be at least as far out as `warn_above` (not 49)',
    '10:149 orchestrations.o.alerts.change_percent.fail: must be at least as far out as `warn` (not 8)',
  ],
  [
    'alerts at every number',
    alerts('rows: { fail_below: 6, warn_above: 5 }'),
    '10:64 orchestrations.o.alerts.rows.fail_below: must not be more than `warn_above` (not 6)',
  ],
  [
    'alerts that are no numbers',
    alerts('rows: { warn_below: -1, fail_below: some, below: 3 }, change_percent: { warn: 0 }, change: 5'),
    '10:64 orchestrations.o.alerts.rows.warn_below: must be at least 0 (not -1)',
    '10:80 orchestrations.o.alerts.rows.fail_below: must be a number (not "some")',
    '10:86 orchestrations.o.alerts.rows.below: is not a legal key. Legal here: warn_below, fail_below, warn_above, fail_above',
    '10:122 orchestrations.o.alerts.change_percent.warn: must be more than 0 (not 0)',
    '10:127 orchestrations.o.alerts.change: is not a legal key. Legal here: rows, change_percent',
  ],
  [
    'a schedule',
    around(
      'queries: { q: queries/people.sql }\norchestrations:\n  o: { query: q, schedule: "30 8 * *", workflow: hourly }\n',
    ),
    '6:3 orchestrations.o.destination: is missing: it must be text',
    '6:28 orchestrations.o.schedule: must have five fields (minute, hour, day of month, month, day of week), not 4 (not "30 8 * *")',
    '6:50 orchestrations.o.workflow: must be `manual` (not "hourly")',
  ],
  // Attributes tables and segments.
  [
    'an orchestration that sends nothing, or two things',
    around('orchestrations:\n  a: { destination: d }\n  b: { query: q, segment: s, destination: d }\n'),
    '5:6 orchestrations.a: must name what it sends with one of `query`, `segment` and `attributes_table`: none is there (not a map)',
    '5:21 orchestrations.a.destination: is the key of no destination: "d". `destinations` defines none',
    '6:6 orchestrations.b: must name what it sends with one of `query`, `segment` and `attributes_table`: query and segment are there (not a map)',
    '6:15 orchestrations.b.query: is the key of no query: "q". `queries` defines none',
    '6:27 orchestrations.b.segment: is the key of no segment: "s". `segments` defines none',
    '6:43 orchestrations.b.destination: is the key of no destination: "d". `destinations` defines none',
  ],
  [
    'an attributes table that is a table already, and whose SQL is not there',
    'name: x\ndatabase: { tables: { People: a.csv } }\nattributes_tables:\n  people: { sql: no.sql }\n',
    '4:3 attributes_tables.people: is the same table as `People`: SQL does not tell case apart',
    '4:18 attributes_tables.people.sql: names a file that does not exist: "no.sql"',
  ],
  [
    'a segment of a misspelled attributes table, with an operator that there is not',
    around(
      'attributes_tables: { People: { sql: queries/people.sql } }\nsegments:\n  s: { attributes: Peopel, include: { combinator: and, rules: [{ field: a, operator: "<>", value: 1 }] } }\n',
    ),
    '6:20 segments.s.attributes: is the key of no attributes table: "Peopel"; did you mean `People`? Defined: People',
    expect.stringMatching(
      /^6:86 segments\.s\.include\.rules\.0\.operator: must be `=`, .* \(not "<>"\)/,
    ) as unknown as string,
  ],
  [
    'a visual query of no table',
    'name: x\ndatabase: { tables: { People: a.csv } }\nqueries: { q: { from: Peopel } }\n',
    '3:23 queries.q.from: is no table: "Peopel"; did you mean `People`?',
  ],
  // Sources.
  ...[
    'crm.example.com',
    'mysql://u:p@h/d',
    'postgres://u:pa/ss@h/d',
    'postgres://u:1/ss@h/d',
    'postgres://u:1#ss@h/d',
    'postgres://u:p@s@h/d/e',
    'postgres://u:p@h',
    'postgres://u:50%off@h/d',
    'postgres:///d',
  ].map((url): [string, string, string] => [
    `the URL ${url}, of which no part is shown`,
    around(`sources: { crm: { type: postgres, url: "${url}" } }\n`),
    '4:40 sources.crm.url: must be a URL such as postgres://user:password@host:5432/database, with special characters percent-encoded',
  ]),
  [
    'a password with a bare question mark',
    around('sources: { crm: { type: postgres, url: "postgres://u:1?2@h/d" } }\n'),
    '4:40 sources.crm.url: must be a URL such as postgres://user:password@host:5432/database, with special characters percent-encoded',
  ],
  [
    'a parameter that is not known',
    around('sources: { crm: { type: postgres, url: "postgres://u:p@h/d?options=x" } }\n'),
    '4:40 sources.crm.url: may have the parameters sslmode, sslrootcert, sslcert, sslkey, host and no others',
  ],
  [
    'another kind of source',
    around('sources: { crm: { type: postgresql, url: "postgres://u:p@h/d" } }\n'),
    '4:25 sources.crm.type: must be `postgres` (not "postgresql"); did you mean `postgres`?',
  ],
  [
    'a source that is not there',
    'name: x\nsources: { crm: { type: postgres, url: "postgres://u@h/d" } }\ndatabase: { tables: { A: { source: crmm, table: t } } }\n',
    '3:36 database.tables.A.source: is the key of no source: "crmm"; did you mean `crm`? Defined: crm',
  ],
  [
    'a source without a table',
    'name: x\nsources: { crm: { type: postgres, url: "postgres://u@h/d" } }\ndatabase: { tables: { A: { source: crm } } }\n',
    '3:23 database.tables.A.table: is missing: it must be text',
  ],
  [
    'a table of three parts',
    'name: x\nsources: { crm: { type: postgres, url: "postgres://u@h/d" } }\ndatabase: { tables: { A: { source: crm, table: a.b.c } } }\n',
    '3:48 database.tables.A.table: must be the name of a table or view, with its schema: public.customers; a part with a dot stands in double quotes (not "a.b.c")',
  ],
  // Variables.
  [
    'a malformed variable',
    around(`time_zone: "\${MY ZONE}"\n`),
    `4:12 time_zone: \`\${MY ZONE}\` names no variable: write \${NAME}, or $\${ for a literal \${`,
  ],
  [
    'an open variable',
    around(`time_zone: "\${ZONE"\n`),
    `4:12 time_zone: \`\${\` names no variable: write \${NAME}, or $\${ for a literal \${`,
  ],
  [
    'a variable without quotes',
    `name: x\ndatabase: { tables: { A: \${FILE} } }\n`,
    `2:27 : cannot be read as YAML: Unexpected flow-map-start at node end; inside { } a variable needs quotes: "\${VAR}"`,
  ],
]

describe('config.invalid', () => {
  it.each(bad)('%s', async (_what, yaml, ...problems) => {
    const problem = await refusal(yaml)
    expect(problem.code).toBe('config.invalid')
    // A YAML error may drag others behind it, which are the parser's.
    const isYaml = problems[0]!.includes('cannot be read as YAML')
    expect(isYaml ? listed(problem).slice(0, 1) : listed(problem)).toEqual(problems)
    for (const text of listed(problem)) expect(problem.message).toContain(text.replace(' : ', ' '))
  })

  it('lists everything at once in the order of the file, with file:line:column', async () => {
    const problem = await refusal(
      `nam: x\nname: 5\ndatabase: { tables: { A: a.txt } }\nqueries: { q: no.sql, r: "\${NO}/r.sql" }\n`,
    )
    expect(problem.message.split('\n').map((line) => line.slice(0, 28))).toEqual([
      'deskside.yml has 5 problems:',
      '  deskside.yml:1:1 nam: is n',
      '  deskside.yml:2:7 name: mus',
      '  deskside.yml:3:26 database',
      '  deskside.yml:4:15 queries.',
      '  deskside.yml:4:26 queries.',
    ])
    expect(problem.exitCode).toBe(2)
  })

  it('names SQL files that are empty, folders, or no text', async () => {
    await write('empty.sql', ' \n')
    await write('latin.sql', Uint8Array.of(0x53, 0xe9))
    await mkdir(join(dir(), 'folder.sql'))
    const problem = await refusal(around('queries: { a: empty.sql, b: latin.sql, c: folder.sql }\n'))
    expect(listed(problem)).toEqual([
      '4:15 queries.a: names a file that is empty: "empty.sql"',
      '4:29 queries.b: names a file that is not UTF-8 text: "latin.sql"',
      '4:43 queries.c: names a folder, not a file: "folder.sql"',
    ])
  })
})
