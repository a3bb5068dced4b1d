import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { binPath } from '../src/cli/context.ts'
import { type CliEnd, inherited, startCli, summaryOf } from './cli-child.ts'
import { isFull } from './full-set.ts'
import { testPostgres } from './postgres.ts'
import { type Bench, openBench, type SourceRow } from './project-bench.ts'

// Several commands each, of their own processes; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 180_000 })

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
  /** The link that makes the first administrator; null where there are users. */
  setupUrl: string | null
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

/** Accounts of tests are on this machine. */
const allowed = { DESKSIDE_ALLOWED_HOSTS: '127.0.0.1' }

/** Starts a server of its own process and resolves when it listens. */
async function serve(...given: (string | Record<string, string>)[]): Promise<Serving> {
  const args = given.filter((one) => typeof one === 'string')
  const env = Object.assign({}, ...given.filter((one) => typeof one !== 'string'))
  const child = spawn(binPath, ['serve', '--port', '0', '--json', '--project', bench.dir, ...args], {
    env: { ...inherited, CLIENT_SECRET: bench.emulator.clientSecret, ...allowed, ...env },
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
  const { url, setup_url: setupUrl } = JSON.parse(line) as { url: string; setup_url: string | null }
  const started = { child, url, setupUrl, ended }
  serving.push(started)
  return started
}

/** A command without the secrets of the project: beside a server it needs none. */
const command = (...args: string[]): Promise<CliEnd> => startCli(bench, args, { CLIENT_SECRET: '', ...allowed }).ended

/** For people: not lines of JSON. */
const listing = (...args: string[]) => promisify(execFile)(binPath, args, { env: inherited })

function json(end: CliEnd): Record<string, unknown> {
  // What a command writes to stderr says why it has told nothing.
  expect(end).toMatchObject({ stdout: expect.stringMatching(/\n$/) })
  return JSON.parse(end.stdout)
}

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
    const { run_id } = summaryOf(await startCli(bench, ['run', 'people']).ended)
    expect(await startCli(bench, ['plan', 'people']).ended).toMatchObject({ exitCode: 0 })
    const { url, setupUrl } = await serve()
    // What was run meanwhile is among the workflows; what was only planned is not.
    expect(await enter(setupUrl!, { email: 'boss@example.com' })).toBe(200)
    expect(await workflowsOf(url)).toMatchObject([{ run_id, state: 'completed', trigger: 'cli' }])
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

describe.each((['SIGTERM', 'SIGINT'] as const).slice(0, isFull ? 2 : 1))('a second %s', (signal) => {
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
  test('on every address also before anybody can sign in, because nobody comes in without the set-up link', async () => {
    const { url, setupUrl, child, ended } = await serve('--host', '0.0.0.0')
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(setupUrl?.startsWith(`${url}/setup#dsk_link_`)).toBe(true)
    expect((await fetch(`${url}/setup`)).headers.get('content-type')).toContain('text/html')
    expect(await enter(setupUrl!, { email: 'boss@example.com' })).toBe(200)
    expect(await enter(setupUrl!, { email: 'other@example.com' })).toBe(404)
    child.kill('SIGTERM')
    const { stderr } = await ended
    expect(stderr).not.toContain(setupUrl!.split('#')[1]!.slice(-43))
    expect((await serve('--host', '0.0.0.0')).setupUrl).toBe(null)
  })

  test('not on one address of the network', async () => {
    const refused = await command('serve', '--host', '192.0.2.1', '--port', '0')
    expect(json(refused)).toMatchObject({ problem: { code: 'usage.invalid' } })
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

/** Does what a link is for; the status of the answer. */
async function enter(link: string, given: object): Promise<number> {
  const { origin, hash } = new URL(link)
  const answer = await fetch(`${origin}/api/v1/links/join`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: hash.slice(1), password, ...given }),
  })
  return answer.status
}

const password = 'a long enough password'

/** As the one who has entered sees them. */
async function workflowsOf(url: string): Promise<unknown[]> {
  const signedIn = await fetch(`${url}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'boss@example.com', password }),
  })
  const cookie = signedIn.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  const answer = await fetch(`${url}/api/v1/workflows`, { headers: { cookie, accept: 'application/json' } })
  return ((await answer.json()) as { items: unknown[] }).items
}

describe.each([['beside a server'], ['without a server']])('users, %s', (where) => {
  const begin = async () => (where === 'beside a server' ? (await serve()).url : 'http://127.0.0.1:8080')

  test('are invited, changed, disabled, let in again and given links by their address', async () => {
    const url = await begin()
    const invited = await command(
      'users',
      'invite',
      'Ada@example.com',
      '--policy',
      'datagrid_operator',
      '--name',
      'Ada',
    )
    expect(json(invited)).toMatchObject({
      user: { email: 'ada@example.com', name: 'Ada', policies: ['datagrid_operator'], has_password: false },
      link: { kind: 'invitation', url: expect.stringContaining(`${url}/invitation#dsk_link_`) },
    })
    const set = await command('users', 'set', 'ada@example.com', '--option', 'restrict_pii')
    expect(json(set)).toMatchObject({
      user: { name: 'Ada', policies: ['datagrid_operator'], options: ['restrict_pii'], version: 2 },
    })
    const less = await command('users', 'set', 'ada@example.com', '--without-options', '--policy', 'ampiq_user')
    expect(json(less)).toMatchObject({ user: { policies: ['ampiq_user'], options: [] } })
    expect(json(await command('users', 'disable', 'ada@example.com'))).toMatchObject({ user: { state: 'disabled' } })
    expect(json(await command('users', 'link', 'ada@example.com'))).toMatchObject({
      problem: { code: 'access.disabled' },
    })
    expect(json(await command('users', 'enable', 'ada@example.com'))).toMatchObject({ user: { state: 'active' } })
    const link = json(await command('users', 'link', 'ada@example.com')) as { link: { url: string } }
    if (where === 'beside a server') expect(await enter(link.link.url, {})).toBe(200)
    const { stdout } = await listing('users', '--project', bench.dir)
    expect(stdout).toContain('ada@example.com')
    expect(stdout).not.toContain('dsk_link')
    expect(json(await command('users', 'list'))).toMatchObject({ items: [{ email: 'ada@example.com' }] })
  })

  test('a credential is handed over by a link that a command prints, lists and ends', async () => {
    const url = await begin()
    const { emulator } = bench
    const request = ['--type', 'zendesk_oauth', '--field', `client_id=${emulator.clientId}`, '--name', 'The shop']
    const account = ['--subdomain', emulator.subdomain, '--base-url', emulator.url]
    const made = json(await command('hand-over', 'shop', ...request, ...account)) as { url: string }
    expect(made).toMatchObject({
      url: expect.stringContaining(`${url}/hand-over#dsk_link_`),
      hand_over: { credential: 'shop', is_new: true, asked_by: 'command line', state: 'open' },
    })
    if (where === 'beside a server') {
      const body = JSON.stringify({ token: made.url.split('#')[1], fields: { client_secret: emulator.clientSecret } })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${url}/api/v1/links/hand-over`, { method: 'POST', headers, body })
      expect([answer.status, await answer.text()]).toEqual([204, ''])
      expect(json(await command('hand-over', 'shop'))).toMatchObject({ hand_over: { is_new: false, name: 'The shop' } })
    }
    const { items } = json(await command('hand-over', '--list')) as { items: { id: string }[] }
    const id = items[0]!.id
    expect(json(await command('hand-over', '--revoke', id.slice(0, 10)))).toEqual({ revoked: id })
    expect(json(await command('hand-over', '--list'))).toMatchObject({ items: items.slice(1) })
  })
})

describe('about users and links', () => {
  test.each([
    [['users', 'set', 'none@example.com'], 'store.not_found'],
    [['users', 'invite', 'none@example.com'], 'definition.invalid'],
    [['users', 'invite', 'no address', '--policy', 'ampiq_user'], 'definition.invalid'],
    [['users', 'invite', 'none@example.com', '--policy', 'king'], 'definition.invalid'],
    [['users', 'what'], 'usage.invalid'],
    [['hand-over'], 'usage.invalid'],
    [['hand-over', 'none'], 'store.not_found'],
    [['hand-over', 'none', '--base-url', 'http://127.0.0.1:1'], 'usage.invalid'],
    [['hand-over', 'none', '--type', 'zendesk', '--field', 'email'], 'usage.invalid'],
    [['hand-over', 'none', '--hours', '337'], 'usage.invalid'],
    [['hand-over', '--revoke', 'none'], 'store.not_found'],
    [['admin'], 'usage.invalid'],
    [['admin', 'you@example.com', '--link'], 'usage.invalid'],
  ])('%j is refused with %s', async (args, code) => {
    expect(json(await command(...args))).toMatchObject({ problem: { code } })
  })
})

describe('the way back in', () => {
  async function admin(email: string): Promise<number> {
    const child = spawn(binPath, ['admin', email, '--password-stdin', '--project', bench.dir], {
      env: inherited,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.stdin.end(`${password}\n`)
    return (await once(child, 'close'))[0] as number
  }

  test('makes somebody an administrator, also of a user who was none; others stay', async () => {
    await command('users', 'invite', 'ada@example.com', '--policy', 'ampiq_user')
    await command('users', 'invite', 'ben@example.com', '--policy', 'ampiq_user')
    expect([await admin('ada@example.com'), await admin('cleo@example.com')]).toEqual([0, 0])
    const { items } = json(await command('users')) as { items: { email: string; policies: string[] }[] }
    expect(items.map(({ email, policies }) => [email, ...policies])).toEqual([
      ['ada@example.com', 'datagrid_administrator'],
      ['ben@example.com', 'ampiq_user'],
      ['cleo@example.com', 'datagrid_administrator'],
    ])
    expect(json(await command('admin', '--link'))).toMatchObject({ problem: { code: 'usage.invalid' } })
  })

  test('a new set-up link ends the one that the server has printed', async () => {
    const { setupUrl, url } = await serve()
    const { setup_url: link } = json(await command('admin', '--link')) as { setup_url: string }
    expect(link.startsWith(`${url}/setup#dsk_link_`)).toBe(true)
    expect(await enter(setupUrl!, { email: 'boss@example.com' })).toBe(404)
    expect(await enter(link, { email: 'boss@example.com' })).toBe(200)
  })
})

test('a CSV is uploaded to it by a command, looked at beside the other tables, and replaced', async () => {
  await serve()
  await command('apply', '--yes')
  const file = join(parent, 'list.csv')
  await writeFile(file, 'external_id,total\nk1,1.50\n')
  const typed = ['--types', '{ total: "decimal(6,2)" }', '--name', 'Our VIPs']
  const { stdout } = await listing('upload', file, '--table', 'vips', ...typed, '--project', bench.dir)
  expect(stdout).toMatch(/list\.csv is the table vips: 1 row, 2 columns\n +columns +external_id, total\n$/)
  await writeFile(file, 'external_id,total\nk1,1.50\nk2,much\n')
  const refused = await command('upload', file, '--table', 'vips', '--replace')
  expect([refused.exitCode, refused.stdout]).toEqual([1, expect.stringContaining('Line 3 of the file')])
  await writeFile(file, 'external_id,total\nk1,1.50\nk2,2\n')
  const replaced = await command('upload', file, '--table', 'vips', '--replace', '--json')
  expect(JSON.parse(replaced.stdout)).toEqual({ table: 'vips', rows: 2, columns: ['external_id', 'total'] })
  const { tables } = JSON.parse((await command('tables', '--json')).stdout)
  expect(tables).toMatchObject([
    { table: 'people', from: 'file', rows: 40, source: 'people.csv' },
    { table: 'vips', from: 'upload', rows: 2, source: null },
  ])
  const { items } = JSON.parse((await command('tables', 'vips', '--json')).stdout)
  expect(items.map((one: { type: string }) => one.type)).toEqual(['VARCHAR', 'DECIMAL(6,2)'])
})
