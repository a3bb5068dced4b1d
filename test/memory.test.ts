import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { inherited } from './cli-child.ts'
import { type Bench, openBench } from './project-bench.ts'

/** A heap in which a process starts with some room, and which the texts of the rows below would fill twice. */
const HEAP_MIB = 64
const ROWS = 120_000
const REJECTED = ROWS / 4

let bench: Bench
afterEach(() => bench.close())

/** Runs a script in a process of its own, in a heap of so many MiB. */
async function inHeap(heapMib: number, script: string, args: string[], env: Record<string, string>) {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [`--max-old-space-size=${heapMib}`, path, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    text.stdout += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    text.stderr += String(chunk)
  })
  const exitCode = await new Promise((resolve) => child.once('close', resolve))
  return { exitCode, ...text }
}

it('rows stay in the database: many are planned, and listed, in a heap that could not hold them (I11)', async () => {
  bench = await openBench({
    sql: `SELECT 'M-' || range AS external_id, 'm' || range || '@example.com' AS email,
            CASE WHEN range % 4 > 0 THEN 'Member ' || range END AS name, repeat(md5(range::VARCHAR), 16) AS notes
          FROM range(${ROWS}) ORDER BY range`,
  })
  await bench.write([{ external_id: 'unused' }])
  const end = await inHeap(HEAP_MIB, 'memory-child.ts', [bench.dir], { CLIENT_SECRET: bench.emulator.clientSecret })
  expect({ ...end, stderr: end.stderr.slice(0, 2_000) }).toMatchObject({ exitCode: 0, stderr: '' })
  expect(JSON.parse(end.stdout)).toEqual({
    total: ROWS,
    rejected: REJECTED,
    create: ROWS - REJECTED,
    records: ROWS,
    changes: ROWS - REJECTED,
  })
}, 240_000)
