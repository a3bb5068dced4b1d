import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { duckdbEngine } from '../engine/duckdb.ts'
import { initProject } from './init.ts'
import { loadProject } from './load.ts'
import { validateProject } from './validate.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deskside-validate-'))
  await initProject(dir, { name: 'socktown' })
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

const write = (file: string, text: string) => writeFile(join(dir, file), text)

async function validate(env: NodeJS.ProcessEnv = { ZENDESK_CLIENT_ID: 'a', ZENDESK_CLIENT_SECRET: 'b' }) {
  return validateProject(await loadProject(dir, env, { allowMissingVariables: true }), duckdbEngine())
}

const project = (queries: string, orchestrations: string) => `name: x
database: { tables: { Customer_360: data/customer_360.csv } }
credentials: { z: { type: zendesk, email: ada@example.com, api_token: t } }
destinations: { z: { plugin: zendesk, credential: z, subdomain: s } }
queries: ${queries}
orchestrations: ${orchestrations}
`

describe('validateProject', () => {
  it('finds nothing wrong with a new project, and notes that its variables are not set', async () => {
    const report = await validate({})
    expect(report.ok).toBe(true)
    expect(report.findings).toEqual([
      { level: 'note', where: 'deskside.yml:19:16', message: 'The variable ZENDESK_CLIENT_ID is not set.' },
      { level: 'note', where: 'deskside.yml:20:20', message: 'The variable ZENDESK_CLIENT_SECRET is not set.' },
    ])
    expect(report.queries.get('zendesk_users')?.map((column) => column.name)).toEqual([
      'external_id',
      'name',
      'email',
      'phone',
    ])
  })

  it('binds segments, attributes tables and visual queries, and tells what is wrong with each', async () => {
    const rules = (field: string, operator: string, value: string) =>
      `{ combinator: and, rules: [{ field: ${field}, operator: ${operator}, value: ${value} }] }`
    await write(
      'deskside.yml',
      `${project(`{ v: { from: Customer_360, where: ${rules('city', 'in', '[Boston]')}, columns: [email] } }`, '{ s: { segment: good, destination: z } }')}
attributes_tables:
  Good: { sql: good.sql }
  Bad: { sql: bad.sql }
segments:
  good: { attributes: Good, include: ${rules('email', 'endsWith', 'example.com')} }
  circle: { attributes: Good, include: ${rules('amperity_id', 'inSegment', 'circle')} }
  mistyped: { attributes: Good, include: ${rules('emai', '=', 'x')} }
  wide: { attributes: Good, sql: wide.sql }
  lost: { attributes: Bad, include: ${rules('email', '=', 'x')} }
`,
    )
    await write(
      'good.sql',
      'SELECT customer_id AS amperity_id, customer_id AS external_id, email, full_name AS name FROM Customer_360',
    )
    await write('bad.sql', 'SELECT email AS "user_fields.email", customer_id AS amperity_id FROM Customer_360')
    await write('wide.sql', 'SELECT customer_id AS amperity_id, email FROM Customer_360')
    const report = await validate()
    const errors = report.findings.filter((finding) => finding.level === 'error')
    expect(errors.map(({ where, problem }) => [where, problem?.code])).toEqual([
      ['bad.sql', 'query.invalid'],
      ['segment circle', 'segment.invalid'],
      ['segment mistyped', 'segment.invalid'],
      ['wide.sql', 'segment.invalid'],
    ])
    expect(errors[2]?.message).toContain(
      'include.rules.0.field: the attributes table Good has no column emai; did you mean email?',
    )
    expect([...report.segments.keys(), ...report.attributesTables.keys(), ...report.queries.keys()]).toEqual([
      'good',
      'Good',
      'v',
    ])
  })

  it('reports the problems of all queries at once, at their places', async () => {
    await write(
      'deskside.yml',
      project('{ a: a.sql, b: b.sql, c: c.sql, d: d.sql }', '{ o: { query: d, destination: z } }'),
    )
    await write('a.sql', 'SELECT nme\nFROM Customer_360')
    await write('b.sql', 'SELECT 1;\nSELECT 2')
    await write('c.sql', 'SELECT full_name AS name\nFROM Customer_361')
    await write('d.sql', 'SELECT full_name AS name, email FROM Customer_360')
    const report = await validate()
    expect(report.ok).toBe(false)
    const errors = report.findings.filter((finding) => finding.level === 'error')
    expect(errors.map((finding) => finding.problem?.code)).toEqual([
      'query.invalid',
      'query.not_one_select',
      'query.invalid',
    ])
    expect(errors.map((finding) => finding.where.split(':').slice(0, 2).join(':'))).toEqual([
      'a.sql:1',
      expect.stringContaining('b.sql'),
      'c.sql:2',
    ])
    expect([...report.queries.keys()]).toEqual(['d'])
    expect(
      report.findings
        .filter((finding) => finding.message.startsWith('No orchestration'))
        .map((finding) => finding.where),
    ).toEqual(['query a', 'query b', 'query c'])
  })

  it('says once that a table is missing', async () => {
    await write('deskside.yml', project('{ a: queries/zendesk_users.sql, b: b.sql }', '{}'))
    await write('b.sql', 'SELECT * FROM Customer_360')
    await rm(join(dir, 'data'), { recursive: true })
    const report = await validate()
    expect(
      report.findings.filter((finding) => finding.level === 'error').map((finding) => finding.problem?.code),
    ).toEqual(['source.missing'])
    expect(report.findings.at(-1)?.message).toBe('There is no orchestration, so there is nothing to run.')
  })

  it('holds the columns of each orchestration against its destination', async () => {
    await write(
      'deskside.yml',
      project(
        '{ a: queries/zendesk_users.sql, b: b.sql, c: c.sql }',
        '{ o: { query: a, destination: z }, p: { query: b, destination: z }, q: { query: c, destination: z } }',
      ),
    )
    await write(
      'queries/zendesk_users.sql',
      'SELECT email, full_name AS name, full_name AS nmae, 1 AS "user_fields.x" FROM Customer_360',
    )
    await write('b.sql', 'SELECT email AS mail, full_name AS name FROM Customer_360')
    await write('c.sql', "SELECT email, full_name AS name, 'admin' AS role FROM Customer_360")
    const report = await validate()
    expect(
      report.findings.map(({ level, where, message, problem }) => [level, where, problem?.code ?? message]),
    ).toEqual([
      ['note', 'orchestration o', 'Column nmae is not sent: it is no attribute of Zendesk. Did you mean name?'],
      ['error', 'orchestration p', 'mapping.no_identity'],
      ['error', 'orchestration q', 'mapping.refused_attribute'],
    ])
  })

  it('notes a schema of another release', async () => {
    await write('.deskside.schema.json', '{}')
    const report = await validate()
    expect(report.findings).toEqual([
      {
        level: 'note',
        where: '.deskside.schema.json',
        message: expect.stringContaining('deskside.schema.json over it'),
      },
    ])
  })
})

describe('the .env file', () => {
  it.skipIf(process.platform === 'win32')('is noted when others can read it', async () => {
    await write('.env', 'A=b\n')
    await chmod(join(dir, '.env'), 0o640)
    expect((await validate()).findings).toEqual([
      { level: 'note', where: '.env', message: expect.stringContaining('chmod 600 .env') },
    ])
    await chmod(join(dir, '.env'), 0o600)
    expect((await validate()).findings).toEqual([])
  })

  const git = (...args: string[]) => spawnSync('git', args, { cwd: dir }).status === 0
  it.skipIf(spawnSync('git', ['--version']).status !== 0)('is noted when git tracks it (needs git)', async () => {
    await write('.env', 'A=b\n')
    await chmod(join(dir, '.env'), 0o600)
    expect(git('init', '--quiet') && git('add', '.')).toBe(true)
    expect((await validate()).findings).toEqual([])
    expect(git('add', '--force', '.env')).toBe(true)
    expect((await validate()).findings).toEqual([
      { level: 'note', where: '.env', message: expect.stringContaining('is tracked by git') },
    ])
  })
})
