import type { AccountFacts, AccountPerson, Attribute, Connection } from '../destination/destination.ts'
import { Problem } from '../problem.ts'
import { identifier, literal } from '../sql-text.ts'
import type { Database } from './ledger/database.ts'
import { deliveredAttributes, deliveredName } from './ledger/delivered.ts'
import type { FieldChange, OnExit } from './report.ts'

/**
 * People who left the result. An orchestration holds whom its last completed workflow found; who is not in the result any more, in no row
 * that was rejected, and held by no other orchestration of the account, has left.
 */
export interface ExitsRequest {
  account: number
  orchestration: string
  /** All that there are: whom others have held is not looked at. */
  orchestrations: readonly string[]
  onExit: OnExit
  connection: Connection
  facts: AccountFacts
}

export interface ExitCounts {
  /** People whom the orchestration held. */
  held: number
  /** Of those, with something to be done. */
  people: number
  /** Who is not in the account any more either. */
  alreadyGone: number
}

/** People read at a time. */
const PAGE = 1_000

/**
 * `plan.refused_people(delivered)`: people delivered before who are in a rejected row, or may be: a row whose only key is an invalid
 * address could be that of anybody who has no external_id. Needs the stage and the text macros.
 */
export async function findRefusedPeople(
  db: Database,
  account: number,
  columns: { externalId: string | null; email: string | null },
): Promise<void> {
  const delivered = deliveredName(account)
  const cell = (column: string | null, clean: string) =>
    column === null ? 'NULL::VARCHAR' : `${clean}(s.${identifier(column)})`
  await db.run(`
    CREATE OR REPLACE TEMP TABLE refused_keys AS
    SELECT lower(${cell(columns.externalId, 'clean_text')}) AS ext, ${cell(columns.email, 'clean_email')} AS email, r.code
    FROM (SELECT row, any_value(code) AS code FROM refusals GROUP BY row) r JOIN stage_row s ON s.row = r.row`)
  await db.run(`
    CREATE TABLE plan.refused_people AS
    SELECT d._person AS delivered FROM refused_keys k JOIN ${delivered} d ON d._key = k.ext
    UNION SELECT d._person FROM refused_keys k JOIN (SELECT _person, unnest(_emails) AS email FROM ${delivered}) d ON d.email = k.email
    UNION SELECT d._person FROM ${delivered} d
    WHERE d._key IS NULL AND EXISTS (SELECT 1 FROM refused_keys WHERE ext IS NULL AND code = 'invalid_email')`)
}

/**
 * Plans what is done about people who left: temp table `exit_changes(person, kind, zendesk_id, external_id, email, name, fields)`, and
 * `plan.exits(person, delivered, action, gone, external_id, email, name)`, where `person` is negative. Needs {@link findRefusedPeople}. Reads the
 * people who left in the account first: values that somebody else has changed since stay, agents are not touched, and who is gone is only
 * forgotten. GETs only.
 */
export async function planExits(db: Database, request: ExitsRequest): Promise<ExitCounts> {
  await createExitTables(db)
  const delivered = deliveredName(request.account)
  const mine = `account = ${request.account} AND orchestration = ${literal(request.orchestration)}`
  const named = request.orchestrations.filter((name) => name !== request.orchestration).map(literal)
  const others = `account = ${request.account} AND orchestration IN (SELECT unnest([${named.join(', ')}]::VARCHAR[]))`
  const held = await db.first<{ n: number }>(`SELECT count(*) AS n FROM presence WHERE ${mine}`)
  await db.run(`
    CREATE OR REPLACE TEMP TABLE leaver AS
    WITH stays AS (
      SELECT delivered AS person FROM person WHERE delivered IS NOT NULL UNION SELECT delivered FROM plan.people WHERE delivered IS NOT NULL
      UNION SELECT delivered FROM plan.refused_people
      UNION SELECT person FROM presence WHERE ${others})
    SELECT row_number() OVER (ORDER BY d._person) AS n, d._person AS delivered FROM presence p JOIN ${delivered} d ON d._person = p.person
    WHERE ${mine} AND d._exit IS NULL AND d._zendesk_id IS NOT NULL AND p.person NOT IN (SELECT person FROM stays)
      -- Two people of the source may have turned out to be one user of the account.
      AND d._zendesk_id NOT IN (SELECT o._zendesk_id FROM stays s JOIN ${delivered} o ON o._person = s.person WHERE o._zendesk_id IS NOT NULL)
      -- An orchestration that has not told yet whom it holds may hold whom it delivered.
      AND (NOT list_contains([${named.join(', ')}]::VARCHAR[], d._orchestration) OR d._orchestration IN (SELECT orchestration FROM presence WHERE ${others}))`)
  const total = (await db.first<{ n: number }>('SELECT count(*) AS n FROM leaver'))?.n ?? 0
  const attributes = total === 0 ? [] : await attributesOfExit(db, request)
  const known = total === 0 ? [] : await deliveredAttributes(db, request.account)
  for (let from = 1; from <= total; from += PAGE) await planPage(db, request, { attributes, known, from })
  const counts = await db.first<{ people: number; gone: number }>(
    'SELECT (SELECT count(DISTINCT person) FROM exit_changes) AS people, (SELECT count(*) FROM plan.exits WHERE gone) AS gone',
  )
  return { held: held?.n ?? 0, people: counts?.people ?? 0, alreadyGone: counts?.gone ?? 0 }
}

/** Nobody leaves: a sample, an empty source, or `on_exit: nothing`. */
export async function createExitTables(db: Database): Promise<void> {
  await db.run(`
    CREATE OR REPLACE TEMP TABLE exit_changes (person BIGINT, kind VARCHAR, zendesk_id VARCHAR, external_id VARCHAR, email VARCHAR, name VARCHAR,
      fields STRUCT(field VARCHAR, "old" VARCHAR, "new" VARCHAR)[])`)
  await db.run(`
    CREATE TABLE plan.exits (person BIGINT, delivered BIGINT, action VARCHAR, gone BOOLEAN, external_id VARCHAR, email VARCHAR, name VARCHAR)`)
}

/** The attributes by these names, as far as the account still has them. */
export function attributesNamed(facts: AccountFacts, names: readonly string[]): Attribute[] {
  const attributes: Attribute[] = []
  for (const name of names) {
    try {
      const columns = ['external_id', 'name', ...(name === 'name' ? [] : [name])]
      for (const use of facts.mapColumns(columns).columns)
        if (use.use === 'attribute' && use.attribute.name === name) attributes.push(use.attribute)
    } catch (error) {
      // A field that the account has lost holds nothing to clear; settings that no longer allow an attribute leave it alone.
      if (
        error instanceof Problem &&
        (error.code.startsWith('mapping.') || error.code === 'zendesk.unknown_user_field')
      )
        continue
      throw error
    }
  }
  return attributes
}

async function attributesOfExit(db: Database, request: ExitsRequest): Promise<Attribute[]> {
  if (request.onExit === 'suspend') return attributesNamed(request.facts, ['suspended'])
  if (request.onExit === 'delete') return []
  const writers = await db.rows<{ name: string }>(
    'SELECT unnest(attributes) AS name FROM writers WHERE account = $1 AND orchestration = $2',
    [request.account, request.orchestration],
  )
  const known = await deliveredAttributes(db, request.account)
  const names = writers.map(({ name }) => name).filter((name) => known.includes(name))
  const isMeant =
    request.onExit === 'remove_tags'
      ? ({ name }: Attribute) => name === 'tags'
      : ({ name, apart, clearing }: Attribute) => name !== 'tags' && apart !== 'membership' && clearing !== 'never'
  return attributesNamed(request.facts, names).filter(isMeant)
}

interface Leaver {
  delivered: number
  zendeskId: string
  externalId: string | null
  email: string | null
  name: string | null
  values: Record<string, string | null>
}

async function planPage(
  db: Database,
  request: ExitsRequest,
  { attributes, known, from }: { attributes: readonly Attribute[]; known: readonly string[]; from: number },
): Promise<void> {
  const names = attributes.map(({ name }) => name).filter((name) => known.includes(name))
  const cells = names.map((name) => `${identifier(name)}: d.${identifier(name)}`)
  const lines = await db.rows<{ line: string }>(
    `SELECT to_json({delivered: l.delivered, "zendeskId": d._zendesk_id, "externalId": d._external_id, email: d._emails[1],
       name: ${known.includes('name') ? 'd."name"' : 'NULL::VARCHAR'}, values: ${names.length === 0 ? 'NULL' : `{${cells.join(', ')}}`}})::VARCHAR AS line
     FROM leaver l JOIN ${deliveredName(request.account)} d ON d._person = l.delivered WHERE l.n BETWEEN $1 AND $2 ORDER BY l.n`,
    [from, from + PAGE - 1],
  )
  const leavers = lines.map(({ line }) => JSON.parse(line) as Leaver)
  const there = new Map<string, AccountPerson>()
  const zendeskIds = leavers.map(({ zendeskId }) => zendeskId)
  for await (const page of request.connection.readPeople({ zendeskIds }, attributes))
    for (const person of page) there.set(person.zendeskId, person)
  const exits = leavers.map((leaver) => ({
    leaver,
    ...exitOf(request.onExit, leaver, there.get(leaver.zendeskId), attributes),
  }))
  await appendExits(db, request.onExit, exits)
}

interface Exit {
  gone: boolean
  kind: 'exit' | 'tags' | 'delete' | null
  fields: FieldChange[]
}

/** What is done about one person who left, by what the account holds; pure. `kind` null: nothing. */
export function exitOf(
  onExit: OnExit,
  leaver: Pick<Leaver, 'values'>,
  held: AccountPerson | undefined,
  attributes: readonly Attribute[],
): Exit {
  const nothing: Exit = { gone: held === undefined, kind: null, fields: [] }
  if (held === undefined || held.role !== 'end-user') return nothing
  switch (onExit) {
    case 'nothing':
      return nothing
    case 'delete':
      return { gone: false, kind: 'delete', fields: [] }
    case 'suspend':
      return held.suspended
        ? nothing
        : { gone: false, kind: 'exit', fields: [{ field: 'suspended', old: 'false', new: 'true' }] }
    case 'remove_tags': {
      const given = leaver.values?.tags ?? null
      return given === null
        ? nothing
        : { gone: false, kind: 'tags', fields: [{ field: 'tags', old: given, new: null }] }
    }
    case 'clear_fields': {
      const fields = attributes.flatMap(({ name }) => {
        const given = leaver.values?.[name] ?? null
        return given !== null && held.values[name] === given ? [{ field: name, old: given, new: null }] : []
      })
      return fields.length === 0 ? nothing : { gone: false, kind: 'exit', fields }
    }
  }
}

async function appendExits(db: Database, action: OnExit, exits: readonly (Exit & { leaver: Leaver })[]): Promise<void> {
  const lines = exits
    .filter((exit) => exit.gone || exit.kind !== null)
    .map(({ leaver, gone, kind, fields }) => JSON.stringify({ ...leaver, values: undefined, gone, kind, fields }))
  await db.run('CREATE OR REPLACE TEMP TABLE exit_line (line VARCHAR)')
  await db.append({ table: 'exit_line', database: 'temp' }, (appender) => {
    for (const line of lines) {
      appender.appendVarchar(line)
      appender.endRow()
    }
  })
  const shape = literal(
    '{"delivered":"BIGINT","zendeskId":"VARCHAR","externalId":"VARCHAR","email":"VARCHAR","name":"VARCHAR","gone":"BOOLEAN","kind":"VARCHAR","fields":[{"field":"VARCHAR","old":"VARCHAR","new":"VARCHAR"}]}',
  )
  await db.run(`CREATE OR REPLACE TEMP TABLE exit_row AS SELECT unnest(from_json(line, ${shape})) FROM exit_line`)
  await db.run(`
    INSERT INTO plan.exits SELECT -delivered, delivered, ${literal(action)}, gone, "externalId", email, name FROM exit_row`)
  await db.run(`
    INSERT INTO exit_changes SELECT -delivered, kind, "zendeskId", "externalId", NULL, name, fields FROM exit_row WHERE kind IS NOT NULL`)
}
