import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { binPath } from './context.ts'

const start = fileURLToPath(new URL('start.ts', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'deskside-start-'))
afterAll(() => rmSync(home, { recursive: true }))

function version(cache: string) {
  const { status, stdout, stderr } = spawnSync(binPath, ['--version'], {
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: cache },
    encoding: 'utf8',
  })
  return { status, isVersion: /^\d+\.\d+\.\d+\n$/.test(stdout), stderr }
}

const fine = { status: 0, isVersion: true, stderr: '' }

test('compiled code is kept in a folder that only its user reads, and used again', () => {
  expect(version(home)).toEqual(fine)
  const code = join(home, 'deskside', 'code')
  expect(statSync(code).mode & 0o777).toBe(0o700)
  const kept = readdirSync(code, { recursive: true })
  expect(kept.length).toBeGreaterThan(10)
  expect(version(home)).toEqual(fine)
  expect(readdirSync(code, { recursive: true }).sort()).toEqual(kept.sort())
})

/** The modules that a command loads, by their URLs. */
function loadedBy(...args: readonly string[]): string[] {
  const dir = mkdtempSync(join(home, 'project-'))
  writeFileSync(join(dir, 'deskside.yml'), 'name: x\n')
  const tell = `import { registerHooks } from 'node:module'
    registerHooks({ load: (url, context, next) => (console.error(url), next(url, context)) })`
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, start, ...args, '--project', dir],
    { encoding: 'utf8' },
  )
  expect(status).toBe(0)
  return stderr.trimEnd().split('\n')
}

test('a command that lists what is stored loads nothing that reads definitions, plans or delivers', () => {
  const loaded = loadedBy('workflows')
  expect(loaded.filter((url) => /sync\/ledger\/ledger\.ts$/.test(url))).toHaveLength(1)
  expect(
    loaded.filter((url) => /node_modules\/(?:zod|yaml|undici)\/|\/(?:workflow|delivery|load)\.ts$/.test(url)),
  ).toEqual([])
})

test('without a place for it, or with one that cannot be written, everything works all the same', () => {
  expect(version('/dev/null/nowhere')).toEqual(fine)
  const closed = join(home, 'closed', 'deskside', 'code')
  mkdirSync(closed, { recursive: true })
  chmodSync(closed, 0o500)
  expect(version(join(home, 'closed'))).toEqual(fine)
})
