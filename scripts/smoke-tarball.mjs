// `npm run smoke`: what a user gets from the registry, tried as a user would. Packs the package, installs the tarball with
// npm in an empty folder, and uses its command and its public export there. Nothing of the clone is in reach.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const home = realpathSync(mkdtempSync(join(tmpdir(), 'deskside-smoke-')))

// npm has put the clone's node_modules/.bin on PATH and its settings into the environment; a user has neither.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
env.PATH = (env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter)
// What the demo leaves behind goes with the rest.
env.TMPDIR = home

/** Runs one step; a failing one shows its whole output and ends the smoke test. */
function step(name, cwd, command, args, expectation = () => true) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 300_000,
  })
  const passed = error === undefined && status === 0 && expectation(stdout)
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${name}\n`)
  if (passed) return
  process.stdout.write(
    `${[command, ...args].join(' ')}: ${error?.message ?? `exit ${status ?? signal}`}\n${stdout}${stderr}`,
  )
  rmSync(home, { recursive: true, force: true })
  process.exit(1)
}

const emulatorSource = `
import { startEmulator } from 'deskside/emulator'
const emulator = await startEmulator()
const credentials = Buffer.from(emulator.email + '/token:' + emulator.apiToken).toString('base64')
const answer = await fetch(new URL('/api/v2/users/me.json', emulator.url), { headers: { authorization: 'Basic ' + credentials } })
const { user } = await answer.json()
const page = await fetch(new URL('/_emulator/page/page.js', emulator.url))
if (page.status !== 200) throw new Error('the page of the emulator is not in the package')
await emulator.close()
if (answer.status !== 200 || user.role !== 'admin') throw new Error(answer.status + ' ' + JSON.stringify(user))
console.log('signed in as ' + user.email)
`

const serverSource = `
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
const [command, project] = process.argv.slice(2)
const server = spawn(command, ['serve', '--json', '--port', '0', '--project', project], { stdio: ['ignore', 'pipe', 'inherit'] })
const [line] = await once(server.stdout.setEncoding('utf8'), 'data')
const { url, setup_url: setup } = JSON.parse(line)
if (!setup.startsWith(url + '/setup#')) throw new Error('no set-up link: ' + line)
const ended = once(server, 'exit')
for (const path of ['/healthz', '/readyz', '/api/docs', '/api/docs/json', '/setup', '/link-page/page.js', '/link-page/page.css'])
  if ((await fetch(url + path)).status !== 200) throw new Error(path + ' does not answer')
const page = await (await fetch(url + '/workflows/W-1', { headers: { accept: 'text/html' } })).text()
const files = [...page.matchAll(/(?:src|href)="(\\/[^"]+)"/g)].map(([, path]) => path)
if (files.length < 3) throw new Error('the web page is not in the package: ' + page)
for (const path of files) if ((await fetch(url + path)).status !== 200) throw new Error(path + ' does not answer')
const listed = spawnSync(command, ['workflows', '--json', '--project', project], { encoding: 'utf8' })
if (listed.stdout.trim() !== '[]') throw new Error('workflows: ' + listed.stdout + listed.stderr)
server.kill('SIGTERM')
const [code] = await ended
if (code !== 0) throw new Error('the server ended with ' + code)
console.log('served')
`

step('npm pack', root, 'npm', ['pack', '--pack-destination', home])
const tarball = readdirSync(home).find((name) => name.endsWith('.tgz'))
const foreign =
  /^package\/(?!bin\/deskside$|dist\/|(?:package\.json|README\.md|LICENSE|CHANGELOG\.md)$)|\.test\.|\.env/m
step('the tarball has the built package only', home, 'tar', ['-tzf', tarball], (list) => !foreign.test(list))

const user = join(home, 'user')
mkdirSync(user)
writeFileSync(join(user, 'package.json'), '{ "private": true, "type": "module" }\n')
writeFileSync(join(user, 'emulator.js'), emulatorSource)
writeFileSync(join(user, 'server.js'), serverSource)
step('npm install', user, 'npm', ['install', '--no-audit', '--no-fund', join(home, tarball)])

const modules = join(user, 'node_modules')
const deskside = join(modules, '.bin', 'deskside')
step('deskside --version', home, deskside, ['--version'], (text) => text.includes(version))
const project = join(home, 'project')
mkdirSync(project)
step('deskside init', project, deskside, ['init'])
step('deskside validate', home, deskside, ['validate', '--project', project])
env.PATH = [join(modules, '.bin'), env.PATH].join(delimiter)
step("import 'deskside/emulator'", user, 'node', ['emulator.js'], (text) => text.startsWith('signed in as '))
step('deskside serve', user, 'node', ['server.js', deskside, project], (text) => text.endsWith('served\n'))
step('deskside demo', home, deskside, ['demo'])

rmSync(home, { recursive: true, force: true })
