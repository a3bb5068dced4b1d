import { spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, describe, expect, it } from 'vitest'
import { buildProgram } from '../src/cli/commands.ts'
import { binPath } from '../src/cli/context.ts'
import type { EmulatorOptions } from '../src/emulator/index.ts'
import { asProblem, type ProblemCode, problems } from '../src/problem.ts'
import type { RunSummary } from '../src/sync/report.ts'
import { inherited } from './cli-child.ts'
import { type Bench, openBench, type SourceRow } from './project-bench.ts'

let bench: Bench
afterEach(() => bench.close())

const people = (count: number): SourceRow[] =>
  Array.from({ length: count }, (_, n) => ({ external_id: `${n}`, email: `p${n}@example.com`, name: `P${n}` }))

/** Runs and gives the summary, or what was thrown before there was a run, as a summary. */
async function outcome(): Promise<Pick<RunSummary, 'status' | 'problem'> & Partial<RunSummary>> {
  try {
    return await bench.run()
  } catch (error) {
    const { code, message, fix } = asProblem(error)
    return { status: 'error', problem: { code, message, fix } }
  }
}

interface Launch {
  exitCode: number | null
  stdout: string
  stderr: string
}

/** The command as a user types it, in a process of its own. */
function deskside(...argv: string[]): Promise<Launch> {
  const env = { ...inherited, CLIENT_SECRET: bench.emulator.clientSecret }
  const child = spawn(binPath, [...argv, '--project', bench.dir], { env })
  const launch: Launch = { exitCode: null, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (launch.stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (launch.stderr += String(chunk)))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ ...launch, exitCode }))
  })
}

const lastLine = (text: string) => JSON.parse(text.trim().split('\n').at(-1) ?? '') as RunSummary

describe('the account refuses', () => {
  const apiToken = (token: string) => (account: Bench['emulator']) => ({
    credentials: { zendesk: { type: 'zendesk', email: account.email, api_token: token } },
  })
  const oauth = (secret: string) => (account: Bench['emulator']) => ({
    credentials: { zendesk: { type: 'zendesk_oauth', client_id: account.clientId, client_secret: secret } },
  })
  /** Rewrites the project, as a user would repair deskside.yml. */
  async function withProject(
    make: (account: Bench['emulator']) => Record<string, unknown>,
    project: Record<string, unknown>,
  ): Promise<void> {
    Object.assign(project, make(bench.emulator))
    await bench.settings({})
  }

  const account: [title: string, settings: EmulatorOptions, code: ProblemCode][] = [
    ['a credential of an end user', { apiUserRole: 'end-user' }, 'zendesk.not_an_agent'],
    ['an agent who may not manage users', { apiUserRole: 'agent_without_rights' }, 'zendesk.permission_denied'],
    ['an import in bulk that nobody has enabled', { bulkImport: false }, 'zendesk.bulk_import_disabled'],
    ['an address where no account lives', { unknownSubdomain: true }, 'zendesk.unknown_subdomain'],
  ]
  it.each(account)('%s: the run stops, and goes on when that is repaired', async (_title, settings, code) => {
    bench = await openBench({ emulator: settings })
    await bench.write(people(3))
    const stopped = await bench.run()
    expect(stopped).toMatchObject({ status: 'error', problem: { code }, rows: { created: 0 } })
    expect(bench.users()).toEqual([])
    bench.emulator.seed({ settings: { apiUserRole: 'admin', bulkImport: true, unknownSubdomain: false } })
    expect((await bench.run()).rows).toMatchObject({ total: 3, created: 3, pending: 0 })
  })

  it.each([
    ['a wrong client secret', oauth('wrong-secret'), {}, 'zendesk.credentials_rejected'],
    ['a wrong API token', apiToken('wrong-secret'), {}, 'zendesk.credentials_rejected'],
    [
      'an API token that reads as anonymous',
      apiToken('wrong-secret'),
      { anonymousOnBadToken: true },
      'zendesk.anonymous',
    ],
  ] as const)(
    '%s: nothing is sent, no secret is shown (I9), and the repaired one goes on',
    async (_title, broken, settings, code) => {
      const project: Record<string, unknown> = {}
      bench = await openBench({ emulator: settings, project })
      await bench.write(people(2))
      await withProject(broken, project)
      const stopped = await bench.run()
      expect(stopped).toMatchObject({ status: 'error', problem: { code } })
      expect(JSON.stringify(stopped)).not.toContain('wrong-secret')
      expect(bench.writtenUsers()).toEqual([])
      await withProject(
        code === 'zendesk.credentials_rejected'
          ? oauth(bench.emulator.clientSecret)
          : apiToken(bench.emulator.apiToken),
        project,
      )
      expect((await bench.run()).rows).toMatchObject({ total: 2, created: 2 })
    },
  )

  it('an import in bulk with `one_by_one`: everybody is delivered, each once', async () => {
    bench = await openBench({ emulator: { bulkImport: false }, destination: { without_bulk_import: 'one_by_one' } })
    await bench.write([...people(3), { external_id: '0', email: 'second@example.com', name: 'P0' }])
    expect(await bench.run()).toMatchObject({
      status: 'completed',
      rows: { total: 4, created: 3, merged: 1, failed: 0 },
    })
    expect(bench.user('0')?.emails).toEqual(['p0@example.com', 'second@example.com'])
  })

  it('a token that ends in the middle of a run is renewed; one that is refused again stops it, and the same command goes on', async () => {
    bench = await openBench()
    await bench.write(people(250))
    bench.emulator.faults({
      kind: 'status',
      status: 401,
      match: { method: 'POST', path: 'create_or_update_many' },
      times: 1,
    })
    expect(await bench.run({ sample: 150 })).toMatchObject({ status: 'completed', rows: { created: 150 } })
    bench.emulator.faults({
      kind: 'status',
      status: 401,
      match: { method: 'POST', path: 'create_or_update_many' },
      times: 'always',
    })
    expect(await bench.run()).toMatchObject({
      status: 'error',
      problem: { code: 'zendesk.token_expired' },
      rows: { created: 0, pending: 100 },
    })
    bench.emulator.clearFaults()
    expect((await bench.run()).rows).toMatchObject({ total: 250, created: 100, unchanged: 150 })
    expect(bench.users()).toHaveLength(250)
  })

  it('a redirect is not followed', async () => {
    bench = await openBench()
    await bench.write(people(1))
    bench.emulator.faults({
      kind: 'status',
      status: 302,
      headers: { location: 'https://other.example.com/' },
      match: { path: 'users/me' },
      times: 'always',
    })
    expect((await bench.run()).problem?.code).toBe('zendesk.redirected')
    expect(bench.writtenUsers()).toEqual([])
  })

  it.each([
    'http://zendesk.example.com',
    'https://other.example.com',
    'http://127.0.0.1:1/path',
    'https://me:pw@socktown.zendesk.com',
    'http://127.0.0.1.example.com',
  ])('base_url %s is refused before any request, as configuration', async (base_url) => {
    bench = await openBench({ destination: { base_url } })
    await bench.write(people(1))
    const { problem } = await outcome()
    expect(['zendesk.base_url_refused', 'config.invalid']).toContain(problem?.code)
    expect(problems[problem?.code as ProblemCode].exit).toBe(2)
    expect(JSON.stringify(problem)).not.toContain('me:pw')
  })

  it('another account behind the same name stops before anything is sent; `forget` starts from empty', async () => {
    bench = await openBench()
    await bench.write(people(8))
    await bench.run()
    bench.emulator.reset()
    await bench.write([...people(8), { external_id: 'new', email: 'new@example.com', name: 'New' }])
    expect(await bench.run()).toMatchObject({
      status: 'error',
      problem: { code: 'zendesk.account_changed' },
      rows: { created: 0 },
    })
    expect(bench.writtenUsers()).toEqual([])
    expect(await bench.withApp((app) => app.forget('zendesk'))).toBe(8)
    expect((await bench.run()).rows).toMatchObject({ total: 9, created: 9 })
  })
})

describe('the query', () => {
  const wrong: [sql: string, code: ProblemCode, place: string][] = [
    ['SELEC * FROM people', 'query.invalid', ':1:1'],
    ['SELECT *\nFROM nobody', 'query.invalid', ':2:6'],
    ['SELECT external_id,\n  nmae AS name FROM people', 'query.invalid', ':2:3'],
    [
      "SELECT i::VARCHAR AS external_id, 'n' AS name,\n  (CASE WHEN i = 500000 THEN 'x' ELSE '1' END)::INTEGER AS notes FROM range(500001) t(i)",
      'query.failed',
      '',
    ],
    ['SELECT * FROM people; SELECT * FROM people', 'query.not_one_select', ''],
    ["COPY people TO 'stolen.csv'", 'query.not_one_select', ''],
    ["ATTACH 'other.duckdb'", 'query.not_one_select', ''],
    ['DELETE FROM people', 'query.not_one_select', ''],
    ["SELECT * FROM read_csv('/etc/passwd')", 'query.forbidden', ''],
    ["SELECT * FROM 'people.csv'", 'query.forbidden', ''],
  ]
  it('that is wrong, in any way, sends nothing, names its place, and goes on once repaired (I6)', {
    timeout: 60_000,
  }, async () => {
    bench = await openBench()
    await bench.write(people(2))
    for (const [sql, code, place] of wrong) {
      await bench.query(sql)
      const run = await bench.run()
      expect.soft(run, sql).toMatchObject({ status: 'error', problem: { code } })
      expect.soft(run.problem?.message, sql).toContain(`people.sql${place}`)
    }
    expect(bench.writtenUsers()).toEqual([])
    await bench.query('SELECT * FROM people')
    expect((await bench.run()).rows).toMatchObject({ total: 2, created: 2 })
  })

  it('a missing or unreadable file is the problem of the source', async () => {
    bench = await openBench()
    expect((await bench.run()).problem?.code).toBe('source.missing')
    await writeFile(join(bench.dir, 'people.csv'), '')
    expect((await bench.run()).problem?.code).toBe('source.unreadable')
    await bench.write(people(1))
    expect((await bench.run()).rows).toMatchObject({ created: 1 })
    await rm(join(bench.dir, 'people.csv'))
    expect(await bench.run()).toMatchObject({ status: 'error', problem: { code: 'source.missing' } })
    expect(bench.users()).toHaveLength(1)
  })
})

describe('the project', () => {
  it('names what it does not know', async () => {
    bench = await openBench()
    await bench.write(people(1))
    await expect(
      bench.withApp((app) => app.plan('nobody', { sample: null, full: false, live: false })),
    ).rejects.toMatchObject({
      code: 'config.unknown_object',
      fix: expect.stringContaining('people'),
    })
    await expect(bench.run({ planId: 'no-such-plan' })).rejects.toMatchObject({ code: 'plan.not_found' })
    await expect(bench.changes('no-such-plan')).rejects.toMatchObject({ code: 'plan.not_found' })
    await expect(bench.records('no-such-run')).rejects.toMatchObject({ code: 'workflow.not_found' })
    expect(bench.emulator.calls({}).filter((call) => call.path.includes('create_or_update'))).toEqual([])
  })

  it('state of a newer release is left alone (I12)', async () => {
    bench = await openBench()
    await bench.write(people(1))
    await bench.run()
    const ledger = await DuckDBInstance.create(join(bench.dir, '.deskside', 'ledger.duckdb'))
    const connection = await ledger.connect()
    await connection.run('UPDATE meta SET format = 99')
    connection.closeSync()
    ledger.closeSync()
    bench.emulator.clearCalls()
    await expect(bench.run()).rejects.toMatchObject({ code: 'project.newer', message: expect.stringContaining('99') })
    expect(bench.emulator.calls({})).toEqual([])
  })

  it('a second process is told to wait; exit codes and the last line say how it ended', {
    timeout: 60_000,
  }, async () => {
    bench = await openBench({ emulator: { bulkImport: false } })
    await bench.write(people(2))
    const locked = await bench.withApp(async (app) => {
      await app.workflows()
      return await deskside('run', 'people', '--json')
    })
    expect(locked.exitCode).toBe(1)
    expect(lastLine(locked.stdout)).toMatchObject({ problem: { code: 'project.locked' } })
    const disabled = await deskside('run', 'people', '--json')
    expect(disabled.exitCode).toBe(1)
    expect(lastLine(disabled.stdout)).toMatchObject({
      status: 'error',
      problem: { code: 'zendesk.bulk_import_disabled' },
      rows: { total: 2, pending: 2 },
    })
    expect((await deskside('run', 'nobody', '--json')).exitCode).toBe(2)
    expect((await deskside('run', 'people', '--plan', 'none')).exitCode).toBe(2)
    await bench.query('SELECT nothing FROM people')
    const wrongQuery = await deskside('run', 'people')
    expect(wrongQuery.exitCode).toBe(1)
    expect(wrongQuery.stdout + wrongQuery.stderr).toContain('query.invalid')
    await bench.query('SELECT * FROM people')
    bench.emulator.seed({ settings: { bulkImport: true } })
    const done = await deskside('run', 'people', '--json')
    expect(done.exitCode).toBe(0)
    expect(lastLine(done.stdout)).toMatchObject({ status: 'completed', rows: { total: 2, created: 2 }, problem: null })
    await bench.write([...people(2), { external_id: '9', email: 'p9@example.com', name: null }])
    expect((await deskside('run', 'people', '--json')).exitCode).toBe(3)
    await bench.settings({ base_url: 'https://other.example.com' })
    expect((await deskside('run', 'people')).exitCode).toBe(2)
    for (const launch of [locked, disabled, wrongQuery, done])
      expect(launch.stdout + launch.stderr).not.toContain(bench.emulator.clientSecret)
  })

  it('every command that a fix names exists', async () => {
    bench = await openBench()
    const { commandNames } = buildProgram({ width: 80, print: () => {}, execute: async () => {} })
    const named = Object.values(problems).flatMap(({ fix }) =>
      [...fix.matchAll(/`deskside ([a-z]+)/g)].map((match) => match[1]),
    )
    expect(named.length).toBeGreaterThan(3)
    for (const command of named) expect(commandNames).toContain(command)
  })
})
