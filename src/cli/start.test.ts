import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { binPath } from './context.ts'

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

test('without a place for it, or with one that cannot be written, everything works all the same', () => {
  expect(version('/dev/null/nowhere')).toEqual(fine)
  const closed = join(home, 'closed', 'deskside', 'code')
  mkdirSync(closed, { recursive: true })
  chmodSync(closed, 0o500)
  expect(version(join(home, 'closed'))).toEqual(fine)
})
