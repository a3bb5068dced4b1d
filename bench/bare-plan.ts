/**
 * What a plan is compared with: a process of its own that does in DuckDB, with the memory and threads of Deskside, the least that any plan
 * must do. It reads `before` and `after` as the bodies of FROM, and prints one line of JSON.
 */
import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

export interface BarePlan {
  /** CREATE TABLE AS of the result, into a file, until it is closed. */
  createMs: number
  /** Full outer join of that table's digests with those that were delivered. */
  joinMs: number
  /** CPU of both; on a machine that does other things too, it says more than time. */
  cpuSeconds: number
  changed: number
  created: number
  gone: number
}

async function withFile<T>(path: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(path, {
    memory_limit: '600MB',
    threads: String(Math.min(4, availableParallelism())),
    temp_directory: `${path}.tmp`,
  })
  const connection = await instance.connect()
  try {
    return await work(connection)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function measure(before: string, after: string, path: string): Promise<BarePlan> {
  const digests = async (connection: DuckDBConnection, from: string) => {
    const described = await connection.runAndReadAll(`SELECT * FROM ${from} LIMIT 0`)
    const columns = described.columnNames().map((name) => `"${name}"`)
    return `SELECT lower(external_id) AS key, md5_number(json_array(${columns.join(', ')})::VARCHAR) AS digest FROM ${from}`
  }
  await withFile(path, async (connection) => {
    await connection.run(`CREATE TABLE delivered AS ${await digests(connection, before)}`)
  })
  const cpuBefore = process.cpuUsage()
  const startedAtMs = performance.now()
  await withFile(path, async (connection) => {
    await connection.run(`CREATE TABLE stage AS SELECT * FROM ${after}`)
  })
  const createMs = performance.now() - startedAtMs
  return await withFile(path, async (connection) => {
    const sql = `
      SELECT count(*) FILTER (d.key IS NULL), count(*) FILTER (s.key IS NULL), count(*) FILTER (s.digest <> d.digest)
      FROM (${await digests(connection, 'stage')}) s FULL OUTER JOIN delivered d ON d.key = s.key`
    const joinedFromMs = performance.now()
    const [row = []] = (await connection.runAndReadAll(sql)).getRows()
    const joinMs = performance.now() - joinedFromMs
    const cpu = process.cpuUsage(cpuBefore)
    const [created = 0, gone = 0, changed = 0] = row.map(Number)
    return { createMs, joinMs, cpuSeconds: (cpu.user + cpu.system) / 1e6, created, gone, changed }
  })
}

if (import.meta.main) {
  const [before = '', after = '', path = ''] = process.argv.slice(2)
  try {
    process.stdout.write(`${JSON.stringify(await measure(before, after, path))}\n`)
  } finally {
    await rm(path, { force: true })
    await rm(`${path}.tmp`, { recursive: true, force: true })
  }
}
