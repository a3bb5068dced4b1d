import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Database } from './database.ts'

let dir: string
let db: Database
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'deskside-database-'))
  db = await Database.open(join(dir, 'ledger.duckdb'), { memoryMib: 64, tempDir: join(dir, 'tmp') })
})
afterAll(async () => {
  await db.close()
  rmSync(dir, { recursive: true })
})

const threads = async () =>
  (await db.first<{ threads: number }>("SELECT current_setting('threads') AS threads"))?.threads

test('giving memory back leaves the number of threads as it was (I11)', async () => {
  const before = await threads()
  // More is resident than DuckDB may use, so that the first statement gives back, and each that finds much more than that left.
  const held = [Buffer.alloc(64 * 2 ** 20, 1)]
  await db.run('CREATE TEMP TABLE numbers AS SELECT range AS n FROM range(10)')
  expect(await threads()).toBe(before)
  await db.withOneThread(async () => {
    held.push(Buffer.alloc(100 * 2 ** 20, 1))
    await db.run('INSERT INTO numbers SELECT range FROM range(10)')
    expect(await threads()).toBe(1)
  })
  expect(await threads()).toBe(before)
  expect(await db.first('SELECT count(*) AS n FROM numbers')).toEqual({ n: 20 })
  expect(held).toHaveLength(2)
})
