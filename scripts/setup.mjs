// Makes a clone ready to run, whatever it lacks. `npm test`, `npm run demo`, `npm run check` and `npm run bench` begin with it.
// It may be the first thing that ever runs here, under a Node as old as 20: plain JavaScript, no dependencies.
//
//   node scripts/setup.mjs            the npm packages, and with them (on Linux) Node 24
//   node scripts/setup.mjs tests      also the system packages that tests want
//
// What follows it in an npm script must find Node by PATH anew (`vitest`, `env node x.ts`): npm puts node_modules/.bin
// first, where the bundled Node 24 is, but a shell remembers the `node` that it started before.

import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const oldestNode = 24

/**
 * Debian's packages that tests want: `{ name, command, versions }`, installed if no `command` of that name is on PATH, nor in the folder
 * `bin` of a version below `versions`, where Debian has programs that it does not put on PATH.
 */
const systemPackages = {
  tests: [
    { name: 'chromium', command: 'chromium' },
    { name: 'postgresql', command: 'initdb', versions: '/usr/lib/postgresql' },
  ],
}

/** Ends set-up with a sentence that says what to do. */
function stop(sentence) {
  process.stderr.write(`set-up: ${sentence}\n`)
  process.exit(2)
}

function run(command, args, env = process.env) {
  process.stderr.write(`set-up: ${[command, ...args].join(' ')}\n`)
  // Set-up reports on stderr: the stdout of an npm script belongs to what follows.
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  return error === undefined && status === 0
}

/**
 * Whether what npm installed is what the lockfile asks for. npm leaves its own account of the installed tree, written
 * last, so that an interrupted or partial installation (`--omit=dev`) counts as stale too. Optional packages may be
 * missing, since each is for another kind of machine.
 */
function isInstalled(folder) {
  try {
    const wanted = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages
    const installed = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')).packages
    for (const [path, { version, integrity, optional, devOptional }] of Object.entries(wanted)) {
      if (path === '') continue
      const found = installed[path]
      if (found === undefined ? !(optional || devOptional) : found.version !== version || found.integrity !== integrity)
        return false
    }
    return Object.keys(installed).every((path) => path in wanted)
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return false
    throw error
  }
}

/** Whether a file of that name, which this user may run, is in a folder of PATH or in `<versions>/<version>/bin`. */
function isThere({ command, versions }) {
  const onPath = (process.env.PATH ?? '').split(delimiter)
  const besides = versions !== undefined && existsSync(versions) ? readdirSync(versions) : []
  return [...onPath, ...besides.map((version) => join(versions, version, 'bin'))].some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function installPackages() {
  if (isInstalled(root)) return
  // Explicit, because NODE_ENV=production or a user's npm configuration would leave out what tests and Node 24 come from.
  const ok = run('npm', ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'])
  if (!ok) stop(`npm ci failed in ${root}; see its message above. It needs the npm registry to be reachable.`)
}

/** The same look-up as that of the rest of the npm script. */
function checkNode() {
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter)
  const { stdout } = spawnSync('node', ['--version'], {
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  const version = (stdout ?? '').trim()
  if (Number.parseInt(version.slice(1), 10) >= oldestNode) return
  stop(
    `Node ${oldestNode} or newer is needed; here it is ${version || 'none that starts'}. npm brings one along for Linux ` +
      `(x64, arm64, glibc) and Windows (x64); on other systems, install Node ${oldestNode} and put it first on PATH.`,
  )
}

function installSystemPackages(wanted) {
  const missing = wanted.filter((one) => !isThere(one)).map(({ name }) => name)
  if (missing.length === 0) return
  const isRoot = process.getuid?.() === 0
  if (!isRoot || !existsSync('/etc/debian_version')) {
    stop(
      `these system packages are missing: ${missing.join(', ')}. Install them (Debian: apt-get install ${missing.join(' ')}).`,
    )
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const ok =
    run('apt-get', ['update', '-q'], env) &&
    run('apt-get', ['install', '-qy', '--no-install-recommends', ...missing], env)
  if (!ok) stop(`apt-get could not install ${missing.join(', ')}; see its message above.`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  installPackages()
  checkNode()
  if (process.argv[2] === 'tests') installSystemPackages(systemPackages.tests)
}
