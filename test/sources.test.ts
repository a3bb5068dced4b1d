import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { duckdbEngine } from '../src/engine/duckdb.ts'
import { loadProject } from '../src/project/load.ts'
import { validateProject } from '../src/project/validate.ts'
import { openTestServer } from '../src/server/test-server.ts'
import { isAlive, queriesOf, startCli, summaryOf, until } from './cli-child.ts'
import { testPostgres } from './postgres.ts'
import { openSource, type SourceBench } from './postgres-source.ts'
import { type Bench, openBench } from './project-bench.ts'

/** Projects whose people are in PostgreSQL, from the table to the account. */

const postgres = await testPostgres()

const schema = `CREATE TABLE customers (id int PRIMARY KEY, email text, full_name text, city text, born date, visits int);
  INSERT INTO customers SELECT i, 'p' || i || '@example.com', 'Person ' || i, CASE WHEN i % 2 = 0 THEN 'Boston' END, date '1980-01-01' + i, i
  FROM generate_series(1, 20) i`

const sql =
  "SELECT 'C-' || CAST(id AS VARCHAR) AS external_id, email, full_name AS name, city AS notes FROM crm_customers ORDER BY id"
const segment = {
  attributes: 'Zendesk_Attributes',
  include: { combinator: 'and', rules: [{ field: 'city', operator: '=', value: 'Boston' }] },
}

describe.skipIf(postgres.missing !== null)(`sources${postgres.missing ? ` (${postgres.missing})` : ''}`, () => {
  let source: SourceBench
  let bench: Bench
  beforeEach(async () => {
    source = await openSource(postgres.newDatabase)
    await source.sql(schema)
    bench = await openBench({
      sql,
      env: { CRM_URL: source.readerUrl },
      files: {
        'attributes.sql':
          "SELECT 'C-' || CAST(id AS VARCHAR) AS amperity_id, id AS external_id, email, full_name AS name, city FROM crm_customers",
        'cities.sql': 'SELECT city, count(*) AS people FROM crm_customers GROUP BY city',
      },
      project: {
        sources: {
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of deskside.yml
          crm: { type: 'postgres', url: '${CRM_URL}' },
          spare: { type: 'postgres', url: 'postgres://nobody@127.0.0.1:1/none' },
        },
        database: {
          tables: {
            crm_customers: { source: 'crm', table: 'public.customers', pii: { city: false } },
            cities: { sql: 'cities.sql' },
          },
        },
        attributes_tables: { Zendesk_Attributes: { sql: 'attributes.sql', segments: true } },
        segments: { bostonians: { ...segment, fields: ['external_id', 'email', 'name'] } },
        orchestrations: {
          people: { query: 'people', destination: 'zendesk' },
          bostonians: { segment: 'bostonians', destination: 'zendesk' },
        },
      },
    })
  })
  afterEach(async () => {
    await bench.close()
    await source.close()
  })

  const leftovers = () =>
    readdirSync(tmpdir()).filter((name) => name.startsWith('deskside-rows-') && name.includes(`-${process.pid}-`))

  it('a run sends the rows of a table, and an unchanged second run nothing', async () => {
    const first = await bench.run()
    expect(first).toMatchObject({ status: 'completed', rows: { total: 20, created: 20 } })
    expect(bench.user('C-2')).toMatchObject({ name: 'Person 2', email: 'p2@example.com' })
    bench.emulator.clearCalls()
    expect(await bench.run()).toMatchObject({ status: 'completed', rows: { total: 20, unchanged: 20 } })
    expect(bench.writes()).toEqual([])
    await source.sql("UPDATE customers SET full_name = 'Ada' WHERE id = 7; DELETE FROM customers WHERE id = 20")
    expect(await bench.run()).toMatchObject({ rows: { total: 19, updated: 1, unchanged: 18 } })
    expect(readdirSync(join(bench.dir, '.deskside/runs')).filter((name) => name.includes('tmp'))).toEqual([])
    expect(leftovers()).toEqual([])
  })

  it('a table of a source, and one by SQL over it, has figures as every other', async () => {
    const rows = await bench.withApp((app) => app.tables(null))
    expect(rows.map(({ table, from, source, rows, problem }) => [table, from, source, rows, problem])).toEqual([
      ['crm_customers', 'source', 'crm', 20, null],
      ['cities', 'sql', 'cities.sql', 2, null],
      ['Zendesk_Attributes', 'attributes_table', 'attributes.sql', 20, null],
    ])
    const { columns, lastLoadedAt } = await bench.withApp((app) => app.table('crm_customers', { refresh: false }))
    expect(lastLoadedAt).toBeNull()
    const city = columns.find(({ column }) => column === 'city')
    expect(city).toMatchObject({ semantic: 'city', figures: { values: 10, distinct: 1 } })
    expect(city?.figures?.examples).toEqual([{ value: 'Boston', rows: 10 }])
  })

  it('segments, previews, columns, plans and validate work with a table of a source', async () => {
    expect(await bench.withApp((app) => app.count({ key: 'bostonians' }))).toMatchObject({ count: 10, total: 20 })
    const plain = { sample: null, full: false, live: false, planId: null, approve: false }
    expect(await bench.withApp((app) => app.run('bostonians', plain))).toMatchObject({ rows: { created: 10 } })
    const preview = await bench.withApp((app) => app.preview({ kind: 'query', key: 'people' }, { limit: 2 }))
    expect(preview).toMatchObject({
      rows: [
        ['C-1', 'p1@example.com', 'Person 1', null],
        ['C-2', expect.any(String), 'Person 2', 'Boston'],
      ],
      has_more: true,
    })
    expect(await bench.plan()).toMatchObject({ rows: { total: 20 }, people: { create: 10 } })
    const columns = await bench.withApp((app) => app.columns('crm_customers'))
    expect(columns.map(({ column, type, effective, sample }) => [column, type, effective.pii, sample?.rows])).toEqual([
      ['id', 'INTEGER', false, 20],
      ['email', 'VARCHAR', true, 20],
      ['full_name', 'VARCHAR', true, 20],
      ['city', 'VARCHAR', false, 20],
      ['born', 'DATE', expect.any(Boolean), 20],
      ['visits', 'INTEGER', false, 20],
    ])
    const cities = await bench.withApp((app) => app.columns('cities'))
    expect(cities.map(({ column, effective }) => [column, effective.pii])).toEqual([
      ['city', false],
      ['people', false],
    ])
    const pii = await bench.withApp((app) => app.piiOfOrchestration('people'))
    expect(pii.map(({ column, pii, from }) => [column, pii, from])).toContainEqual([
      'email',
      true,
      [{ table: 'crm_customers', column: 'email' }],
    ])
    const report = await validateProject(
      await loadProject(bench.dir, { CLIENT_SECRET: 'x', CRM_URL: source.readerUrl }),
      duckdbEngine(),
    )
    expect(report.findings.filter(({ level }) => level === 'error')).toEqual([])
    expect(report.queries.get('people')?.map(({ type }) => type)).toEqual(['VARCHAR', 'VARCHAR', 'VARCHAR', 'VARCHAR'])
  })

  it('validate tells a source that does not answer, and one whose URL has no value', async () => {
    const env = { CLIENT_SECRET: 'x', CRM_URL: 'postgres://nobody:s3cret@127.0.0.1:1/none' }
    const away = await validateProject(await loadProject(bench.dir, env), duckdbEngine())
    expect(away.findings.map(({ problem }) => problem?.code)).toContain('source.unreachable')
    expect(JSON.stringify(away.findings)).not.toContain('s3cret')
    const unset = await loadProject(bench.dir, { CLIENT_SECRET: 'x' }, { allowMissingVariables: true })
    const report = await validateProject(unset, duckdbEngine())
    expect(report.findings.map(({ problem }) => problem?.code)).toContain('config.variable_missing')
    expect(report.ok).toBe(false)
  })

  it('a source that fails stops the run before anything is sent, and the same command goes on', async () => {
    await source.sql('BEGIN; ALTER TABLE customers RENAME TO away; COMMIT')
    const stopped = await bench.run()
    expect(stopped).toMatchObject({ status: 'error', problem: { code: 'source.missing' }, rows: { created: 0 } })
    expect(bench.users()).toEqual([])
    await source.sql('ALTER TABLE away RENAME TO customers')
    expect(await bench.run()).toMatchObject({ status: 'completed', rows: { created: 20 } })
  })

  const filesBelow = (dir: string) =>
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))

  const secrets = () => [source.password, encodeURIComponent(source.password), source.readerUrl]

  it.runIf(process.platform === 'linux')(
    'the URL is in no output, no file, no argument and no child process (I9)',
    async () => {
      const env = { CRM_URL: source.readerUrl }
      const run = startCli(bench, ['run', 'people', '--debug'], env)
      await until('the query runs in a child', () => queriesOf(run.pid).length > 0)
      const seen: Record<string, string> = { arguments: readFileSync(`/proc/${run.pid}/cmdline`, 'utf8') }
      for (const child of queriesOf(run.pid)) {
        seen.childArguments = readFileSync(`/proc/${child}/cmdline`, 'utf8')
        seen.childEnvironment = readFileSync(`/proc/${child}/environ`, 'utf8')
      }
      const end = await run.ended
      expect(summaryOf(end)).toMatchObject({ status: 'completed' })
      Object.assign(seen, { stdout: end.stdout, stderr: end.stderr })
      const [away, wrong] = [source.readerUrl.replace(/:\d+\//, ':1/'), `${source.readerUrl}x`]
      for (const [command, url] of [
        ['run people', away],
        ['plan people', wrong],
        ['validate', away],
        ['columns crm_customers', source.readerUrl],
      ] as const) {
        const other = await startCli(bench, [...command.split(' '), '--debug'], { CRM_URL: url }).ended
        seen[command] = other.stdout + other.stderr
      }
      expect(seen['run people']).toContain('source.unreachable')
      expect(seen['plan people']).toContain('source.refused')
      const shown = [...Object.values(seen), ...filesBelow(bench.dir)]
      expect(shown.filter((text) => secrets().some((secret) => text.includes(secret)))).toEqual([])
    },
  )

  it.runIf(process.platform === 'linux')(
    'a process that is killed while it reads leaves no session, and its copy goes with the next run',
    async () => {
      await source.sql(
        'ALTER TABLE customers RENAME TO few; CREATE VIEW customers AS SELECT s.* FROM few s, generate_series(1, 20000) i WHERE i < 9000 OR pg_sleep(3600) IS NULL',
      )
      const run = startCli(bench, ['run', 'people'], { CRM_URL: source.readerUrl })
      const state = join(bench.dir, '.deskside')
      const copies = () =>
        readdirSync(state, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'))
      await until('a part of the copy is written', () => existsSync(state) && copies().length > 0)
      run.child.kill('SIGKILL')
      await run.ended
      expect(isAlive(run.pid)).toBe(false)
      while ((await source.sessions()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
      await source.sql('DROP VIEW customers; ALTER TABLE few RENAME TO customers')
      expect(await bench.run()).toMatchObject({ status: 'completed', rows: { created: 20 } })
      expect(copies()).toEqual([])
    },
  )

  it('a server reads a source, expands its variable, keeps a literal URL apart, and shows neither (I9)', async () => {
    const server = await openTestServer({
      sql,
      env: { CRM_URL: source.readerUrl },
      project: {
        sources: {
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of deskside.yml
          crm: { type: 'postgres', url: '${CRM_URL}' },
          literal: { type: 'postgres', url: source.readerUrl, name: 'As it is' },
        },
        database: {
          tables: {
            crm_customers: { source: 'crm', table: 'customers' },
            others: { source: 'literal', table: 'customers' },
          },
        },
      },
    })
    try {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of deskside.yml
      const body = { type: 'postgres', url: '${CRM_URL}' }
      const crm = await server.call('GET', '/api/v1/sources/crm')
      expect(crm.json).toMatchObject({ body, secrets: [], used_by: ['table/crm_customers'], source: 'git' })
      const literal = await server.call('GET', '/api/v1/sources/literal')
      expect(literal.json).toMatchObject({ body: { type: 'postgres', name: 'As it is' }, secrets: ['url'] })
      expect(literal.json.body).not.toHaveProperty('url')
      expect(await server.run()).toMatchObject({ state: 'completed' })
      for (const table of ['crm_customers', 'others']) {
        const columns = await server.call('GET', `/api/v1/tables/${table}/columns`)
        expect(columns.json.items.map(({ column }: { column: string }) => column)).toContain('full_name')
      }
      const answers = [crm.text, literal.text]
      for (const path of ['sources', 'tables', 'tables/others', 'workflows', 'queries/people/preview', 'apply'])
        answers.push((await server.call('GET', `/api/v1/${path}`)).text)
      // What is written beside a variable is shown, so a password may not stand there.
      const file = join(server.project.dir, 'deskside.yml')
      const text = await readFile(file, 'utf8')
      for (const [url, status] of [
        [`postgres://u:literal@\${CRM_HOST}/crm`, 422],
        [`postgres://u:\${PW}literal@h/\${DB}`, 422],
        [`postgres://u:\${PW}@h/crm`, 200],
      ] as const) {
        await writeFile(file, text.replace(`\${CRM_URL}`, url))
        const answer = await server.call('GET', '/api/v1/apply')
        expect([answer.status, answer.text.includes('literal@')]).toEqual([status, false])
      }
      await writeFile(file, text)
      // Nobody makes or changes one here.
      for (const method of ['PUT', 'DELETE', 'POST'])
        expect((await server.call(method, '/api/v1/sources/crm', { body: { body } })).status).toBe(405)
      await source.sql('ALTER TABLE customers RENAME TO away')
      answers.push((await server.call('GET', '/api/v1/queries/people/preview')).text)
      expect(answers.at(-1)).toContain('source.missing')
      answers.push(JSON.stringify(server.lines))
      const stored = filesBelow(join(server.project.dir, '.deskside'))
      expect([...answers, ...stored].filter((text) => secrets().some((secret) => text.includes(secret)))).toEqual([])
    } finally {
      await server.close()
    }
  })

  it('a run that is stopped while it reads ends within a second', async () => {
    await source.sql(
      'ALTER TABLE customers RENAME TO few; CREATE VIEW customers AS SELECT s.* FROM few s, generate_series(1, 20000) i WHERE i < 9000 OR pg_sleep(3600) IS NULL',
    )
    const stop = new AbortController()
    const running = bench.run({}, { signal: stop.signal })
    while (!(await source.sessions()).some(({ query }) => query.startsWith('FETCH')))
      await new Promise((resolve) => setTimeout(resolve, 10))
    const startedAtMs = performance.now()
    stop.abort()
    expect(await running).toMatchObject({ status: 'stopped', problem: null })
    expect(performance.now() - startedAtMs).toBeLessThan(1_500)
    expect(readdirSync(join(bench.dir, '.deskside/runs'))).toEqual([])
  })
})
