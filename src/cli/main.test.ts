import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { binPath } from './context.ts'
import { runCli } from './test-run.ts'

const empty = mkdtempSync(join(tmpdir(), 'deskside-cli-'))
const broken = mkdtempSync(join(tmpdir(), 'deskside-cli-'))
writeFileSync(join(broken, 'deskside.yml'), 'name: x\nunknown: 1\n')
afterAll(() => {
  for (const dir of [empty, broken]) rmSync(dir, { recursive: true })
})

const run = (argv: readonly string[], cwd = empty) => runCli(argv, cwd, { env: {} })

test.each([
  ['--help', 0],
  ['help run', 0],
  ['run --help', 0],
  ['--version', 0],
  ['', 2],
  ['serve', 2],
  ['serve --port 70000', 2],
  ['apply', 2],
  ['admin', 2],
  ['activity --since yesterday', 2],
  ['activity --since 2026-02-31T99:00Z', 2],
  ['backup', 2],
  ['restore', 2],
  ['pln zendesk_users', 2],
  ['plan', 2],
  ['plan a b', 2],
  ['run users --smaple 3', 2],
  ['run users --sample 0', 2],
  ['run users --sample ten', 2],
  ['run users --plan p1 --full', 2],
  ['run users', 2],
  ['records', 2],
  ['records r1 --plan p1', 2],
  ['records r1 --outcome gone', 2],
  ['records r1 --format xml', 2],
  ['conflicts', 2],
  ['conflicts p1', 2],
  ['why', 2],
  ['why C-1 city more', 2],
  ['drift', 2],
  ['drift users --format xml', 2],
  ['undo', 2],
  ['undo r1 --run', 2],
  ['resume', 2],
  ['emulator --plan gold', 2],
  ['workflows', 2],
  ['check zendesk', 2],
  ['fields', 2],
  ['fields aply zendesk', 2],
  ['fields plan zendesk', 2],
  ['fields apply zendesk', 2],
  ['fields apply --help', 0],
  ['validate', 2],
])('`deskside %s` in a folder without a project exits with %i', async (line, exitCode) => {
  const argv = line.split(' ').filter((word) => word !== '')
  const ended = await run(argv)
  expect(ended.exitCode).toBe(exitCode)
  // People read problems on stderr, and a pipe behind stdout never gets them.
  expect(ended.stdout === '').toBe(exitCode !== 0)
  expect(ended.stderr === '').toBe(exitCode === 0)
})

test('a mistyped command or option gets a suggestion', async () => {
  expect((await run(['pln'])).stderr).toContain('do this Did you mean plan?')
  expect((await run(['run', 'users', '--smaple', '3'])).stderr).toContain('Did you mean --sample?')
})

describe('with --json, stdout holds one document and stderr nothing', () => {
  test.each([
    ['check zendesk', 'project.not_found'],
    ['plan users --sample x', 'usage.invalid'],
    ['validate', 'project.not_found'],
    ['workflows', 'project.not_found'],
    ['records r1', 'project.not_found'],
    ['forget zendesk', 'project.not_found'],
    ['conflicts p1', 'project.not_found'],
    ['why C-1', 'project.not_found'],
    ['drift users', 'project.not_found'],
    ['undo r1', 'project.not_found'],
    ['undo r1 --run', 'usage.invalid'],
    ['records r1 --exits --alerts', 'usage.invalid'],
    ['records r1 --outcome failed --alerts', 'usage.invalid'],
    ['records --plan p1 --exits', 'usage.invalid'],
    ['resume users', 'project.not_found'],
    ['srve', 'usage.invalid'],
    ['emulator --port x', 'usage.invalid'],
    ['', 'usage.invalid'],
  ])('`deskside %s`: %s', async (line, code) => {
    const { exitCode, stdout, stderr } = await run([...line.split(' ').filter((word) => word !== ''), '--json'])
    expect([exitCode, stderr]).toEqual([2, ''])
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(stdout)).toMatchObject({
      problem: { code, message: expect.any(String), fix: expect.any(String) },
    })
  })

  test.each([
    [['run', 'users'], empty, 'users', 'project.not_found'],
    [['--project', 'nowhere', 'run', 'users'], empty, 'users', 'project.not_found'],
    [['run', 'users'], broken, 'users', 'config.invalid'],
    [['run', 'users', '--sample', '0'], empty, null, 'usage.invalid'],
    [['run'], empty, null, 'usage.invalid'],
  ])('`run` that never began ends with the whole summary: %j', async (argv, cwd, orchestration, code) => {
    const { exitCode, stdout, stderr } = await run([...argv, '--json'], cwd)
    expect([exitCode, stderr]).toEqual([2, ''])
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1)!)).toEqual({
      run_id: null,
      orchestration,
      status: 'error',
      rows: { total: 0, created: 0, updated: 0, unchanged: 0, rejected: 0, failed: 0, merged: 0, pending: 0 },
      warnings: 0,
      adopted: 0,
      requests: 0,
      waited_ms: 0,
      exited: 0,
      row_alerts: [],
      confirmed: null,
      paused: false,
      problem: { code, message: expect.any(String), fix: expect.any(String) },
    })
  })
})

test('a run has its first line out before anything is loaded that takes time', async () => {
  const [first, second, ...rest] = (await run(['run', 'users', '--json'])).stdout.trimEnd().split('\n')
  expect([JSON.parse(first ?? ''), JSON.parse(second ?? '')]).toEqual([
    { type: 'waiting', why: 'opening the project', untilMs: null },
    { type: 'waiting', why: null, untilMs: null },
  ])
  expect(rest).toHaveLength(1)
  expect((await run(['run', 'users'])).stderr.split('\n')[0]).toBe('  opening the project')
})

test('a mistake in deskside.yml hides no history', async () => {
  expect(await run(['workflows'], broken)).toEqual({ exitCode: 0, stdout: 'No runs yet.\n', stderr: '' })
  expect((await run(['records', 'r1'], broken)).stderr).toContain('workflow.not_found')
  expect((await run(['resume', 'users'], broken)).stderr).toContain('config.invalid')
})

test('--debug adds the stack', async () => {
  expect((await run(['workflows'])).stderr).not.toContain('    at ')
  expect((await run(['workflows', '--debug'])).stderr).toContain('    at ')
})

test('init, then validate, with the executable that users start', async () => {
  const dir = join(empty, 'shop')
  expect((await run(['init', 'shop'])).exitCode).toBe(0)
  expect((await run(['init', 'shop'])).stderr).toContain('project.not_empty')
  const child = spawn(binPath, ['validate', '--project', dir, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk)
  })
  const exitCode = await new Promise((resolve) => child.once('close', resolve))
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, queries: { zendesk_users: expect.any(Array) } })
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  'the emulator says in one line that it is ready and ends at %s',
  async (signal) => {
    const child = spawn(binPath, ['emulator', '--port', '0', '--fast', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let stdout = ''
    const ended = new Promise((resolve) => child.once('close', resolve))
    await new Promise<void>((resolve) =>
      child.stdout.on('data', (chunk) => {
        stdout += String(chunk)
        if (stdout.endsWith('\n')) resolve()
      }),
    )
    const account = JSON.parse(stdout)
    expect(Object.keys(account)).toEqual(['url', 'subdomain', 'email', 'api_token', 'client_id', 'client_secret'])
    expect((await fetch(`${account.url}/_emulator/stats`)).status).toBe(200)
    child.kill(signal)
    expect(await ended).toBe(0)
    expect(stdout.split('\n')).toHaveLength(2)
  },
)

test('the emulator of a script ends when the script does', async () => {
  const child = spawn(binPath, ['emulator', '--port', '0', '--fast', '--json', '--until-stdin-ends'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  child.stdin.end()
  expect(await ended).toBe(0)
})
