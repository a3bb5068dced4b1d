import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type CliEnd, startCli, summaryOf } from './cli-child.ts'
import { testPostgres } from './postgres.ts'
import { type Bench, openBench, type SourceRow } from './project-bench.ts'

// Several commands each, of their own processes; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 180_000 })

const launcher = fileURLToPath(new URL('../bin/deskside', import.meta.url))

const people = (count: number, note: string): SourceRow[] =>
  Array.from({ length: count }, (_, index) => ({
    external_id: `k${index}`,
    email: `p${index}@example.com`,
    name: `Person ${index}`,
    notes: note,
  }))

interface Serving {
  child: ChildProcess
  url: string
  /** Exit code and what was logged. */
  ended: Promise<{ code: number | null; stderr: string }>
}

const postgres = await testPostgres()
let bench: Bench
let parent: string
const serving: Serving[] = []
beforeEach(async () => {
  bench = await openBench()
  await bench.write(people(40, 'first'))
  parent = await mkdtemp(join(tmpdir(), 'deskside-serve-'))
})
afterEach(async () => {
  for (const { child, ended } of serving.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
  await bench.close()
  await rm(parent, { recursive: true })
})

/** Starts a server of its own process and resolves when it listens. */
async function serve(...given: (string | Record<string, string>)[]): Promise<Serving> {
  const args = given.filter((one) => typeof one === 'string')
  const env = Object.assign({}, ...given.filter((one) => typeof one !== 'string'))
  const child = spawn(launcher, ['serve', '--port', '0', '--json', '--project', bench.dir, ...args], {
    env: { PATH: process.env.PATH ?? '', CLIENT_SECRET: bench.emulator.clientSecret, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stderr }))
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>,
    ended.then((end) => Promise.reject(new Error(`The server ended: ${JSON.stringify(end)}`))),
  ])
  const started = { child, url: (JSON.parse(line) as { url: string }).url, ended }
  serving.push(started)
  return started
}

/** A command without the secrets of the project: beside a server it needs none. */
const command = (...args: string[]): Promise<CliEnd> => startCli(bench, args, { CLIENT_SECRET: '' }).ended

/** For people: not lines of JSON. */
const listing = (...args: string[]) => promisify(execFile)(launcher, args, { env: { PATH: process.env.PATH ?? '' } })

const json = (end: CliEnd): Record<string, unknown> => JSON.parse(end.stdout)

async function applied(): Promise<void> {
  expect(await command('apply', '--yes')).toMatchObject({ exitCode: 0 })
}

describe('beside a server', () => {
  test('commands go through it: a run, its list, its rows, and an unchanged run sends nothing (I5)', async () => {
    await serve()
    await applied()
    const first = summaryOf(await command('run', 'people'))
    expect(first).toMatchObject({ status: 'completed', rows: { created: 40 } })
    expect(bench.users()).toHaveLength(40)
    expect((await command('workflows')).stdout).toContain(first.run_id)
    const listed = await listing('records', first.run_id, '--format', 'csv', '--project', bench.dir)
    expect(listed.stdout.trimEnd().split('\n')).toHaveLength(41)
    expect(listed.stdout).toContain('p39@example.com')
    bench.emulator.clearCalls()
    expect(summaryOf(await command('run', 'people')).rows).toMatchObject({ unchanged: 40 })
    expect(bench.writes()).toEqual([])
  })

  test('what a command may not do it says in the words of the server', async () => {
    await serve()
    await applied()
    const end = await command('records', 'no-such-run')
    expect(end).toMatchObject({ exitCode: 2 })
    expect(json(end)).toMatchObject({ problem: { code: 'workflow.not_found' } })
  })

  test('a backup is made by the server, and restored where an unchanged run sends nothing (I5)', async () => {
    await serve()
    await applied()
    await command('run', 'people')
    const backup = join(parent, 'backup')
    expect(await command('backup', backup)).toMatchObject({ exitCode: 0 })
    const into = join(parent, 'restored')
    const env = { CLIENT_SECRET: bench.emulator.clientSecret }
    const there = { ...bench, dir: into }
    expect(await startCli(there, ['restore', backup], env).ended).toMatchObject({ exitCode: 0 })
    await writeFile(join(into, 'people.csv'), await readFile(join(bench.dir, 'people.csv')))
    bench.emulator.clearCalls()
    expect(summaryOf(await startCli(there, ['run', 'people'], env).ended).rows).toMatchObject({ unchanged: 40 })
    expect(bench.writes()).toEqual([])
    expect(json(await startCli(there, ['apply', '--check'], env).ended)).toMatchObject({ changes: [] })
  })

  test.skipIf(postgres.missing)(
    `a backup of SQLite is restored into ${postgres.missing ?? 'PostgreSQL'}, once, and serves there as it did (I5)`,
    async () => {
      const { child, ended } = await serve()
      await applied()
      const first = summaryOf(await command('run', 'people'))
      const backup = join(parent, 'backup')
      expect(await command('backup', backup, '--with-key')).toMatchObject({ exitCode: 0 })
      child.kill('SIGTERM')
      await ended
      const env = { CLIENT_SECRET: bench.emulator.clientSecret, DESKSIDE_DATABASE_URL: await postgres.newDatabase() }
      const into = (name: string) => ({ ...bench, dir: join(parent, name) })
      expect(await startCli(into('first'), ['restore', backup], env).ended).toMatchObject({ exitCode: 0 })
      // The database has what the second one would bring.
      const second = await startCli(into('second'), ['restore', backup], env).ended
      expect(json(second)).toMatchObject({ problem: { code: 'store.not_empty' } })
      expect(await readdir(join(parent, 'second'))).toEqual([])

      const source = await readFile(join(bench.dir, 'people.csv'))
      await writeFile(join(parent, 'first', 'people.csv'), source)
      bench = into('first')
      await serve(env)
      expect(await readdir(join(parent, 'first', '.deskside'))).not.toContain('control.sqlite')
      expect(json(await command('apply', '--check'))).toMatchObject({ changes: [] })
      expect((await command('workflows')).stdout).toContain(first.run_id)
      bench.emulator.clearCalls()
      expect(summaryOf(await command('run', 'people')).rows).toMatchObject({ unchanged: 40 })
      expect(bench.writes()).toEqual([])
    },
  )

  test('no second server starts, whether the first is found or not', async () => {
    await serve()
    const found = await command('serve', '--port', '0')
    expect(json(found)).toMatchObject({ problem: { code: 'server.running' } })
    await rm(join(bench.dir, '.deskside', 'server.json'))
    const hidden = await command('serve', '--port', '0')
    expect(json(hidden)).toMatchObject({ problem: { code: 'project.locked' } })
    // Nor does a change of definitions that the server would not see.
    expect(json(await command('apply', '--yes'))).toMatchObject({ problem: { code: 'project.locked' } })
  })

  test('a file with its token that others can read is not used, nor is the project opened instead', async () => {
    await serve()
    await chmod(join(bench.dir, '.deskside', 'server.json'), 0o644)
    expect(json(await command('workflows'))).toMatchObject({ problem: { code: 'server.file_refused' } })
  })
})

describe('the end of a server', () => {
  test('SIGTERM ends it with 0 and takes its file away; commands open the project again', async () => {
    const { child, ended } = await serve()
    await applied()
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    expect(await readdir(join(bench.dir, '.deskside'))).not.toContain('server.json')
    expect(summaryOf(await startCli(bench, ['run', 'people']).ended)).toMatchObject({ status: 'completed' })
  })

  test('a killed one leaves a stale file, which keeps nobody from the project', async () => {
    const { child, ended } = await serve()
    child.kill('SIGKILL')
    await ended
    expect(await readdir(join(bench.dir, '.deskside'))).toContain('server.json')
    expect(summaryOf(await startCli(bench, ['run', 'people']).ended)).toMatchObject({ status: 'completed' })
    await serve()
  })

  test('a run that was under way when it was stopped goes on after the next start, and sends nobody twice', async () => {
    await bench.settings({ limits: { users_per_second: 20, api_budget: 'none' } })
    const { child, ended } = await serve()
    await applied()
    const run = startCli(bench, ['run', 'people'])
    await run.event((event) => event.type === 'step' && event.step === 'deliver')
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 0 })
    const stopped = summaryOf(await run.ended)
    await serve()
    const again = summaryOf(await command('run', 'people'))
    expect(again).toMatchObject({ status: 'completed' })
    expect(['stopped', 'completed']).toContain(stopped.status)
    expect(bench.users()).toHaveLength(40)
  })
})

/** Signals that come within a tenth of a second count once. */
const sameKeyMs = 100

describe.each(['SIGTERM', 'SIGINT'] as const)('a second %s', (signal) => {
  test('ends the server at once with 1; what was in flight is settled after the next start, and nobody is sent twice (I3)', async () => {
    const anHour = 3_600_000
    bench.emulator.seed({ settings: { jobLatencyMs: [anHour, anHour] } })
    const { child, ended } = await serve()
    await applied()
    const run = startCli(bench, ['run', 'people'])
    await vi.waitUntil(() => bench.emulator.stats().jobs_in_flight > 0, { timeout: 60_000 })
    child.kill(signal)
    await vi.waitUntil(async () => !(await fetch(`${serving[0]!.url}/healthz`).catch(() => ({ ok: false }))).ok, {
      timeout: 60_000,
    })
    await sleep(2 * sameKeyMs)
    const secondAtMs = performance.now()
    child.kill(signal)
    expect(await ended).toMatchObject({ code: 1 })
    // The first alone would have waited for the job for half a minute.
    expect(performance.now() - secondAtMs).toBeLessThan(15_000)
    expect(bench.emulator.stats().jobs_in_flight).toBe(1)
    expect(await readdir(join(bench.dir, '.deskside'))).not.toContain('server.json')
    await run.ended
    await serve()
    bench.emulator.advance(anHour)
    expect(summaryOf(await command('run', 'people'))).toMatchObject({ status: 'completed' })
    expect(bench.takenUsers().sort()).toEqual(
      people(40, 'first')
        .map(({ external_id }) => external_id)
        .sort(),
    )
    expect(bench.users()).toHaveLength(40)
  })
})

describe('where it may listen', () => {
  test('not for the network while nobody can sign in; with an administrator it does', async () => {
    const refused = await command('serve', '--host', '0.0.0.0', '--port', '0')
    expect(json(refused)).toMatchObject({ problem: { code: 'access.no_administrator' } })
    const admin = spawn(launcher, ['admin', 'boss@example.com', '--password-stdin', '--project', bench.dir], {
      env: { PATH: process.env.PATH ?? '' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    admin.stdin.end('a long enough password\n')
    expect((await once(admin, 'close'))[0]).toBe(0)
    const { url } = await serve('--host', '0.0.0.0')
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    await applied()
  })

  test('the token is its owner’s alone, and in no output', async () => {
    const { child, ended } = await serve()
    const file = join(bench.dir, '.deskside', 'server.json')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const { token } = JSON.parse(await readFile(file, 'utf8')) as { token: string }
    await applied()
    child.kill('SIGTERM')
    const { stderr } = await ended
    expect(stderr).toContain('/api/v1/cli/call')
    expect(stderr).not.toContain(token)
  })
})
