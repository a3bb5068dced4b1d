import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { inherited } from './cli-child.ts'
import { testPostgres } from './postgres.ts'
import { openSource } from './postgres-source.ts'
import { type Bench, openBench } from './project-bench.ts'

/** A heap in which a process starts with some room, and which the texts of the rows below would fill twice. */
const HEAP_MIB = 64
const ROWS = 24_000
const REJECTED = ROWS / 4

const postgres = await testPostgres()

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
            CASE WHEN range % 4 > 0 THEN 'Member ' || range END AS name, repeat(md5(range::VARCHAR), 80) AS notes
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

const SOURCE_ROWS = 40_000

it.skipIf(postgres.missing !== null)(
  `rows of a source pass through a heap that could not hold them (I11)${postgres.missing ? ` (${postgres.missing})` : ''}`,
  async () => {
    const source = await openSource(postgres.newDatabase)
    await source.sql(
      `CREATE TABLE members AS SELECT i AS id, repeat(md5(i::text), 80) AS notes FROM generate_series(1, ${SOURCE_ROWS}) i`,
    )
    bench = await openBench({
      sql: `SELECT 'M-' || CAST(id AS VARCHAR) AS external_id, CASE WHEN id % 4 > 0 THEN 'Member' END AS name, notes FROM members`,
      env: { CRM_URL: source.readerUrl },
      project: {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of deskside.yml
        sources: { crm: { type: 'postgres', url: '${CRM_URL}' } },
        database: { tables: { members: { source: 'crm', table: 'public.members' } } },
      },
    })
    const env = { CLIENT_SECRET: bench.emulator.clientSecret, CRM_URL: source.readerUrl }
    const end = await inHeap(HEAP_MIB, 'memory-child.ts', [bench.dir], env)
    await source.close()
    expect({ ...end, stderr: end.stderr.slice(0, 2_000) }).toMatchObject({ exitCode: 0, stderr: '' })
    expect(JSON.parse(end.stdout)).toMatchObject({
      total: SOURCE_ROWS,
      rejected: SOURCE_ROWS / 4,
      records: SOURCE_ROWS,
    })
  },
  240_000,
)
