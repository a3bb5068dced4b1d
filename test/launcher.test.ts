import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

/** Prints what the launcher passed on, then does as its first argument says. */
const mainSource = `
const [action, value] = process.argv.slice(2)
process.on('SIGTERM', () => process.exit(40))
console.log(JSON.stringify({ pid: process.pid, node: process.execPath, cwd: process.cwd(), args: process.argv.slice(2), main: process.argv[1] }))
if (action === 'exit') process.exit(Number(value))
// Waits for the end of its input too, so that it cannot outlive a failed test.
if (action === 'wait') process.stdin.on('end', () => process.exit(41)).resume()
`

interface Answer {
  pid: number
  node: string
  cwd: string
  args: string[]
  main: string
}

let home: string

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'deskside launcher ')))
})

afterEach(() => {
  rmSync(home, { recursive: true, force: true })
})

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** A tree with the real launcher and a main of its own: `src` as in a clone, `dist` as in the published package. */
function makeTree(root: string, kind: 'src' | 'dist'): string {
  write(join(root, 'package.json'), '{"type":"module"}')
  write(join(root, kind, 'cli', kind === 'src' ? 'start.ts' : 'start.js'), mainSource)
  mkdirSync(join(root, 'bin'))
  const launcher = join(root, 'bin', 'deskside')
  copyFileSync(new URL('../bin/deskside', import.meta.url), launcher)
  chmodSync(launcher, 0o755)
  return launcher
}

/** Puts the Node of this test where npm would put the bundled one. */
function bundleNode(modules: string): string {
  const bin = join(modules, `node-linux-${process.arch}`, 'bin')
  mkdirSync(bin, { recursive: true })
  symlinkSync(process.execPath, join(bin, 'node'))
  return bin
}

/** A folder for PATH whose `node` only answers with a version, and has been started if `started` is there. */
function fakeNode(version: string): { folder: string; started: string } {
  const folder = join(home, `node ${version}`)
  const started = join(folder, 'started')
  write(join(folder, 'node'), `#!/bin/sh\n: >'${started}'\necho ${version}\n`)
  chmodSync(join(folder, 'node'), 0o755)
  return { folder, started }
}

function launch(command: string, args: string[], options: { cwd?: string; path?: string } = {}) {
  const path = options.path ?? '/usr/bin:/bin'
  const done = spawnSync(command, args, { cwd: options.cwd ?? home, env: { PATH: path }, encoding: 'utf8' })
  return { ...done, answer: (done.stdout.startsWith('{') ? JSON.parse(done.stdout) : undefined) as Answer | undefined }
}

test.each([0, 1, 2, 3, 137])('exit code %i passes through', (code) => {
  const launcher = makeTree(home, 'src')
  bundleNode(join(home, 'node_modules'))
  expect(launch(launcher, ['exit', String(code)]).status).toBe(code)
})

test('arguments and the current folder pass through unchanged', () => {
  const launcher = makeTree(join(home, 'clone'), 'src')
  bundleNode(join(home, 'clone/node_modules'))
  const args = ['exit', '0', '', 'two words', '*', '$HOME', '--json', "it's"]
  const { answer } = launch(launcher, args, { cwd: '/' })
  expect(answer).toMatchObject({ args, cwd: '/', main: join(home, 'clone/src/cli/start.ts') })
})

test('the started process is Node itself: its pid, its signals, nothing left behind', async () => {
  const launcher = makeTree(home, 'src')
  bundleNode(join(home, 'node_modules'))
  for (const [signal, end] of [
    ['SIGTERM', { code: 40, signal: null }],
    ['SIGKILL', { code: null, signal: 'SIGKILL' }],
  ] as const) {
    const child = spawn(launcher, ['wait'], { stdio: ['pipe', 'pipe', 'inherit'] })
    try {
      const exit = once(child, 'exit')
      const [line] = await once(child.stdout, 'data')
      const { pid } = JSON.parse(String(line)) as Answer
      expect(pid).toBe(child.pid)
      child.kill(signal)
      const [code, by] = await exit
      expect({ code, signal: by }).toEqual(end)
    } finally {
      child.stdin.end()
    }
  }
})

test('it is found through symlinks, relative and absolute, and by PATH', () => {
  const launcher = makeTree(join(home, 'clone'), 'src')
  bundleNode(join(home, 'clone/node_modules'))
  mkdirSync(join(home, 'links'))
  symlinkSync('../clone/bin/deskside', join(home, 'links/relative'))
  symlinkSync(join(home, 'links/relative'), join(home, 'links/absolute'))
  for (const command of [join(home, 'links/relative'), join(home, 'links/absolute'), './links/relative']) {
    expect(launch(command, ['exit', '7']).status).toBe(7)
  }
  expect(launch('relative', ['exit', '7'], { path: `${join(home, 'links')}:/usr/bin:/bin` }).status).toBe(7)
  expect(launch('/bin/sh', ['deskside', 'exit', '7'], { cwd: dirname(launcher) }).status).toBe(7)
})

test.each([
  ['beside it', 'app/node_modules'],
  ['nested in it', 'app/node_modules/deskside/node_modules'],
  ['above another package', 'app/node_modules/@acme/tool/node_modules', 'app/node_modules'],
])('installed as a dependency, it uses dist and the Node that npm put %s', (_, modules, nodeModules = modules) => {
  const parent = modules.endsWith('deskside/node_modules') ? 'app/node_modules' : modules
  const root = join(home, parent, 'deskside')
  const launcher = makeTree(root, 'dist')
  bundleNode(join(home, nodeModules))
  mkdirSync(join(home, '.bin'))
  symlinkSync(launcher, join(home, '.bin/deskside'))
  const { folder, started } = fakeNode('v24.0.0')
  const { status, answer } = launch(join(home, '.bin/deskside'), ['exit', '5'], { path: `${folder}:/usr/bin:/bin` })
  expect(status).toBe(5)
  expect(answer?.main).toBe(join(root, 'dist/cli/start.js'))
  expect(() => readFileSync(started)).toThrow('ENOENT')
})

test('a node_modules folder that the package is not installed in is not trusted', () => {
  const launcher = makeTree(join(home, 'clone'), 'src')
  bundleNode(join(home, 'node_modules'))
  expect(launch(launcher, ['exit', '0'], { path: `${fakeNode('v20.20.2').folder}:/usr/bin:/bin` }).status).toBe(2)
})

test('without a bundled Node, a new enough one on PATH is used', () => {
  const launcher = makeTree(home, 'src')
  const { status, answer } = launch(launcher, ['exit', '6'], { path: `${dirname(process.execPath)}:/usr/bin:/bin` })
  expect(status).toBe(6)
  expect(answer?.node).toBe(realpathSync(process.execPath))
})

test.each(['v20.20.2', 'v8.0.0', 'v23.11.1', 'nonsense'])('Node %s is refused with what to do', (version) => {
  const launcher = makeTree(home, 'src')
  writeFileSync(join(home, 'package-lock.json'), '{}')
  const { status, stdout, stderr } = launch(launcher, ['exit', '0'], {
    path: `${fakeNode(version).folder}:/usr/bin:/bin`,
  })
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toContain(`the one on PATH is ${version}`)
  expect(stderr).toContain(`Run 'npm ci' in ${home}`)
})

test('no Node at all is refused with what to do', () => {
  const launcher = makeTree(home, 'dist')
  const tools = join(home, 'tools')
  mkdirSync(tools)
  const { status, stderr } = launch(launcher, ['exit', '0'], { path: tools })
  expect(status).toBe(2)
  expect(stderr).toContain('needs Node 24 or newer; none is bundled')
  expect(stderr).toContain('--omit=optional')
})
