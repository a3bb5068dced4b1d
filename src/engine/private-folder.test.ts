import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { makePrivateFolder } from './private-folder.ts'

it('a private folder is its owner’s alone, and those of processes that are gone go', async () => {
  const mine = await makePrivateFolder()
  expect(dirname(mine)).toBe(tmpdir())
  expect(statSync(mine).mode & 0o777).toBe(0o700)
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const left = mine.replace(`-${process.pid}-`, `-${pid}-`)
  const elsewhere = join(tmpdir(), basename(left).replace('deskside-rows-', 'deskside-rows-another'))
  for (const dir of [left, elsewhere]) mkdirSync(join(dir, 'copies'), { recursive: true })
  const other = await makePrivateFolder()
  expect([existsSync(mine), existsSync(left), existsSync(elsewhere)]).toEqual([true, false, true])
  for (const dir of [mine, other, elsewhere]) rmSync(dir, { recursive: true })
})
