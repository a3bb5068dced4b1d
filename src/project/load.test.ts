import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Problem } from '../problem.ts'
import { loadProject } from './load.ts'
import type { Project } from './project.ts'
import { listed, useTestProject } from './test-project.ts'

const { dir, write, refusal } = useTestProject()

const good = `name: socktown
time_zone: Europe/Berlin
database:
  engine: duckdb
  tables:
    People: data/people.csv
    Orders: { path: "exports/*.parquet" }
    Stores: { path: /mnt/stores.jsonl, types: { zip: text } }
    Codes: { path: codes.CSV.gz, types: text, description: postal codes }
    Loyal: { sql: tables/loyal.sql }
  limits: { memory_mb: 1000, timeout_minutes: 0.5 }
credentials:
  token: { type: zendesk, email: "\${ZENDESK_EMAIL}", api_token: "\${ZENDESK_API_TOKEN}" }
  oauth: { type: zendesk_oauth, client_id: deskside, client_secret: "\${ZENDESK_CLIENT_SECRET}" }
destinations:
  zendesk:
    plugin: zendesk
    credential: token
    subdomain: "sock\${SUFFIX}"
    limits: { users_per_second: none }
queries:
  people: queries/people.sql
  named: { sql: queries/people.sql, name: "Zendesk - Users" }
orchestrations:
  people: { query: people, destination: zendesk, alerts: { rows: { fail_below: 1 }, change_percent: { warn: 0.5 } } }
  named: { query: named, destination: zendesk, name: Everybody, workflow: manual }
`
const env = {
  ZENDESK_EMAIL: 'ada@example.com',
  ZENDESK_API_TOKEN: 't0ken',
  ZENDESK_CLIENT_SECRET: 's3cret',
  SUFFIX: 'town',
}

/** `database:` is the one with this key. */
const only = ({ databases }: Project) => {
  expect([...databases.keys()]).toEqual(['database'])
  return databases.get('database')!
}

/** A whole project around one section, so that a case shows only what it is about. Line 4 is the first of `rest`. */
const around = (rest: string) => `name: x\ndatabase:\n  tables: {}\n${rest}`
describe('a good project', () => {
  it('is read whole, with its SQL and its variables', async () => {
    await write('deskside.yml', good)
    const project = await loadProject(dir(), env)
    expect(project).toMatchObject({ dir: dir(), name: 'socktown', timeZone: 'Europe/Berlin', notes: [] })
    // 1000 MB are 953.67 MiB.
    const database = only(project)
    expect(database.limits).toEqual({ memoryMib: 953, timeoutMs: 30_000 })
    expect(database.tables).toEqual([
      { kind: 'file', name: 'People', format: 'csv', path: join(dir(), 'data/people.csv'), types: null },
      { kind: 'file', name: 'Orders', format: 'parquet', path: join(dir(), 'exports/*.parquet'), types: null },
      { kind: 'file', name: 'Stores', format: 'json', path: '/mnt/stores.jsonl', types: { zip: 'text' } },
      { kind: 'file', name: 'Codes', format: 'csv', path: join(dir(), 'codes.CSV.gz'), types: 'text' },
      { kind: 'sql', name: 'Loyal', sql: 'SELECT * FROM people', file: 'tables/loyal.sql' },
    ])
    expect([...project.queries.values()]).toEqual([
      { key: 'people', name: 'people', file: 'queries/people.sql', sql: 'SELECT 1 AS name' },
      { key: 'named', name: 'Zendesk - Users', file: 'queries/people.sql', sql: 'SELECT 1 AS name' },
    ])
    const alerts = { rows: { fail_below: 1 }, change_percent: { warn: 0.5 } }
    expect([...project.orchestrations.values()]).toEqual([
      { key: 'people', name: 'people', sends: { kind: 'query', key: 'people' }, destination: 'zendesk', alerts },
      { key: 'named', name: 'Everybody', sends: { kind: 'query', key: 'named' }, destination: 'zendesk', alerts: null },
    ])
    const token = project.credentials.get('token')
    expect(token).toMatchObject({ type: 'zendesk', email: 'ada@example.com' })
    expect(token?.type === 'zendesk' && token.api_token.reveal()).toBe('t0ken')
    expect(project.destinations.get('zendesk')).toMatchObject({
      subdomain: 'socktown',
      limits: { users_per_second: null, jobs_in_flight: 15, api_budget: 0.5 },
      guards: { empty_source: 'stop', max_created: null },
    })
  })

  it('needs no more than a name and tables', async () => {
    await write('deskside.yml', around(''))
    const project = await loadProject(dir(), {})
    expect(only(project)).toMatchObject({ timeZone: 'UTC', limits: { memoryMib: 572, timeoutMs: 3_600_000 } })
  })

  it('takes anchors and aliases', async () => {
    await write('deskside.yml', `name: x\ndatabase: { tables: { A: &a { path: a.csv, types: text }, B: *a } }\n`)
    const project = await loadProject(dir(), {})
    expect(only(project).tables.map((table) => table.kind === 'file' && table.types)).toEqual(['text', 'text'])
  })
})

describe('what is missing as a whole', () => {
  it('names the place searched, and a file that was meant', async () => {
    await write('deskside.yaml', good)
    await expect(loadProject(dir(), env)).rejects.toMatchObject({
      code: 'project.not_found',
      message: expect.stringContaining(`${join(dir(), 'deskside.yml')}. deskside.yaml is there: rename it`),
      data: { searched: [join(dir(), 'deskside.yml')] },
    })
  })

  it('says so of a folder that does not exist', async () => {
    await expect(loadProject(join(dir(), 'nowhere'), env)).rejects.toMatchObject({ code: 'project.not_found' })
  })

  it('refuses bytes that are no text', async () => {
    await write('deskside.yml', Uint8Array.of(0x6e, 0xff, 0xfe))
    await expect(loadProject(dir(), env)).rejects.toMatchObject({ code: 'config.invalid' })
  })
})

describe('variables', () => {
  it('are all named when they are missing, with their places', async () => {
    const problem = await refusal(good, { SUFFIX: '', ZENDESK_EMAIL: '' })
    expect(problem.code).toBe('config.variable_missing')
    expect(problem.data.variables).toEqual(['ZENDESK_EMAIL', 'ZENDESK_API_TOKEN', 'ZENDESK_CLIENT_SECRET'])
    expect(listed(problem)).toEqual([
      '13:34 credentials.token.email: the variable ZENDESK_EMAIL is set but empty',
      '13:65 credentials.token.api_token: the variable ZENDESK_API_TOKEN is not set',
      '14:69 credentials.oauth.client_secret: the variable ZENDESK_CLIENT_SECRET is not set',
    ])
  })

  it('may be missing in credentials where nothing is sent, and are notes then', async () => {
    await write('deskside.yml', good)
    const project = await loadProject(dir(), { SUFFIX: 'town' }, { allowMissingVariables: true })
    expect(project.notes.map((note) => `${note.line} ${note.message}`)).toEqual([
      '13 the variable ZENDESK_EMAIL is not set',
      '13 the variable ZENDESK_API_TOKEN is not set',
      '14 the variable ZENDESK_CLIENT_SECRET is not set',
    ])
    await expect(loadProject(dir(), {}, { allowMissingVariables: true })).rejects.toMatchObject({
      code: 'config.variable_missing',
      data: { variables: ['SUFFIX'] },
    })
  })

  it('may be missing in sources likewise, and a value is shown nowhere', async () => {
    const crm = `sources:\n  crm: { type: postgres, url: "\${CRM_URL}", name: CRM }\n`
    await write(
      'deskside.yml',
      `name: x\n${crm}database: { tables: { A: { source: crm, table: sales."a.b" }, B: { source: crm, table: c, types: text, pii: { e: true } } } }\n`,
    )
    const project = await loadProject(dir(), { CRM_URL: 'postgres://ada:s3cret@db.example.com:6000/crm' })
    const source = { key: 'crm', place: 'db.example.com:6000/crm' }
    const { tables, pii } = only(project)
    expect(tables).toMatchObject([
      { kind: 'postgres', name: 'A', source, schema: 'sales', table: 'a.b', types: null },
      { kind: 'postgres', name: 'B', source, schema: 'public', table: 'c', types: 'text' },
    ])
    expect(pii.get('B')).toEqual({ e: true })
    expect(inspect(project, { depth: 9 }) + JSON.stringify(tables)).not.toMatch(/s3cret|ada/)
    const unset = await loadProject(dir(), {}, { allowMissingVariables: true })
    expect(unset.notes.map((note) => note.message)).toEqual(['the variable CRM_URL is not set'])
    const wrong = await refusal(`name: x\n${crm}database: { tables: {} }\n`, { CRM_URL: 'http://s3cret' })
    expect(wrong.message).toContain('sources.crm.url: must be a URL')
    expect(wrong.message).not.toContain('s3cret')
  })

  it('may not be missing where they decide what the file means', async () => {
    await write('deskside.yml', around(`credentials:\n  z: { type: "\${TYPE}" }\n`))
    await expect(loadProject(dir(), {}, { allowMissingVariables: true })).rejects.toMatchObject({
      code: 'config.variable_missing',
    })
  })

  it('that are missing are the only problem of their value', async () => {
    const problem = await refusal(
      around(
        `destinations: { d: { plugin: "\${A}", credential: "\${A}", subdomain: "\${A}" } }\nqueries: { q: "\${A}.sql" }\norchestrations: { o: { query: "\${A}", destination: d } }\n`,
      ),
    )
    expect(problem.code).toBe('config.variable_missing')
    expect((problem.data.problems as unknown[]).length).toBe(5)
    expect(problem.data.variables).toEqual(['A'])
  })

  it('come from .env where the environment has none', async () => {
    await write('deskside.yml', good)
    await write(
      '.env',
      `\uFEFF# secrets\nSUFFIX=file\nZENDESK_EMAIL=file@example.com\nexport ZENDESK_API_TOKEN="a#b"\nZENDESK_CLIENT_SECRET='x'\n`,
    )
    const project = await loadProject(dir(), { ZENDESK_EMAIL: 'ada@example.com' })
    const token = project.credentials.get('token')
    expect(project.destinations.get('zendesk')?.subdomain).toBe('sockfile')
    expect(token).toMatchObject({ email: 'ada@example.com' })
    expect(token?.type === 'zendesk' && token.api_token.reveal()).toBe('a#b')
  })

  it('say why .env cannot be read', async () => {
    await write('deskside.yml', good)
    await mkdir(join(dir(), '.env'))
    await expect(loadProject(dir(), env)).rejects.toMatchObject({
      code: 'config.variable_missing',
      message: expect.stringContaining('EISDIR'),
    })
  })

  it('leave keys, other types and escapes alone, and are not expanded twice', async () => {
    await write('deskside.yml', `name: "a \${A} $\${A} $A"\ndatabase: { tables: {} }\n`)
    const project = await loadProject(dir(), { A: `\${B}`, B: 'no' })
    expect(project.name).toBe(`a \${B} \${A} $A`)
  })

  it('are not what objects inherit', async () => {
    const problem = await refusal(`name: "\${constructor}"\ndatabase: { tables: {} }\n`)
    expect(problem.code).toBe('config.variable_missing')
  })

  it('in the path of a SQL file show as written', async () => {
    await write('deskside.yml', around(`queries: { q: "\${FOLDER}/people.sql" }\n`))
    const project = await loadProject(dir(), { FOLDER: 'queries' })
    expect(project.queries.get('q')).toMatchObject({ file: `\${FOLDER}/people.sql`, sql: 'SELECT 1 AS name' })
  })

  it('I9: a value from the environment is in no problem, whatever it is and wherever it stands', async () => {
    const template = `name: x
time_zone: "\${V}"
database:
  engine: "\${V}"
  tables: { A: "\${V}", B: { path: "\${V}.csv", types: "\${V}" }, C: { sql: "\${V}.sql" } }
  limits: { memory_mb: "\${V}" }
credentials:
  a: { type: "\${V}", client_id: x }
  b: { type: zendesk, email: "\${V}", api_token: " \${V}" }
destinations:
  d: { plugin: zendesk, credential: "\${V}", subdomain: ".\${V}", email_conflicts: "\${V}", base_url: "\${V}" }
queries: { q: "\${V}", r: "\${V}.sql" }
orchestrations: { o: { query: "\${V}", destination: "x\${V}", workflow: "\${V}" } }
`
    await write('deskside.yml', template)
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }), async (random) => {
        // Letters that no message has, so that a find is a leak.
        const value = `qxzj${random}`
        const problem = await loadProject(dir(), { V: value }).catch((error: unknown) => error as Problem)
        if (!(problem instanceof Problem)) throw new Error('was not refused')
        expect((problem.data.problems as unknown[]).length).toBeGreaterThan(10)
        for (const text of [problem.message, JSON.stringify(problem), inspect(problem, { depth: 9 })]) {
          expect(text).not.toContain('qxzj')
        }
      }),
      { numRuns: 50 },
    )
  })

  it('I9: a secret written into the file is in no problem either', async () => {
    const yaml = around(
      'credentials:\n  a: { type: zendesk, email: qxzj, api_token: "qxzj qxzj" }\n  b: { type: zendesk, api_token: [qxzj] }\n',
    )
    expect((await refusal(yaml)).message).not.toContain('qxzj')
    for (const secret of [
      '!qxzj',
      '*qxzj',
      '&qxzj',
      '"qxzj',
      '{qxzj',
      '%qxzj',
      '@qxzj',
      '|qxzj',
      '>-qxzj',
      '!<qxzj> x',
      '!e!qxzj x',
      '"\\qxzj"',
      '- qxzj: a: b',
    ]) {
      expect(JSON.stringify(await refusal(around(`credentials:\n  a: { api_token: ${secret} }\n`)))).not.toContain(
        'qxzj',
      )
      expect(JSON.stringify(await refusal(around(`credentials:\n  a:\n    api_token: ${secret}\n`)))).not.toContain(
        'qxzj',
      )
    }
    const broken = await refusal(around('credentials:\n  a: { api_token: "a" "qxzj" }\n'))
    expect(broken.message).toContain('cannot be read as YAML')
    expect(JSON.stringify(broken)).not.toContain('qxzj')
  })
})

it('says why the file cannot be read', async () => {
  await mkdir(join(dir(), 'deskside.yml'))
  await expect(loadProject(dir(), env)).rejects.toMatchObject({
    code: 'project.not_found',
    message: expect.stringContaining('EISDIR'),
  })
})
