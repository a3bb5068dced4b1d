import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Pool } from 'undici'
import { meterProcess } from './process-meter.ts'

const deskside = join(import.meta.dirname, '..', 'bin', 'deskside')
const rowsPerJob = 100
/** POSTs in flight at once, as many as a delivery has jobs in flight by default. */
const concurrency = 15

export interface EmulatorFigures {
  people: number
  /** Rows of bulk upserts per second, each of which creates somebody with four fields; until the last of them is written. */
  created_rows_per_second: number
  /** The same rows with one field changed. */
  updated_rows_per_second: number
  /** Of the emulator alone, for 1,000 rows; on a machine that does other things too, it says more than rows per second. */
  cpu_seconds_per_1000_rows: number
  peak_rss_mib: number
}

/** How fast the emulator takes rows, and what it needs to hold so many people: in a process of its own, without limits or latencies. */
export async function measureEmulator(people: number): Promise<EmulatorFigures> {
  const child = spawn(
    deskside,
    ['emulator', '--port', '0', '--json', '--until-stdin-ends', '--fast', '--plan', 'unlimited'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { url, email, api_token } = JSON.parse(line) as { url: string; email: string; api_token: string }
  const meter = meterProcess(child.pid ?? 0)
  const pool = new Pool(url, { connections: concurrency })
  const authorization = `Basic ${Buffer.from(`${email}/token:${api_token}`).toString('base64')}`
  const headers = { 'content-type': 'application/json', authorization }
  const ask = async (method: 'GET' | 'POST', path: string, body?: string): Promise<Record<string, number>> => {
    const answer = await pool.request({ method, path, headers, ...(body === undefined ? {} : { body }) })
    if (answer.statusCode !== 200) throw new Error(`The emulator answered ${answer.statusCode} to ${path}.`)
    return (await answer.body.json()) as Record<string, number>
  }
  await ask('POST', '/_emulator/seed', JSON.stringify({ user_fields: seededFields }))
  const load = async (round: number): Promise<number> => {
    const bodies = batches(people, round)
    const startedAtMs = performance.now()
    let next = 0
    const worker = async () => {
      for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
        await ask('POST', '/api/v2/users/create_or_update_many', body)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
    // The control call lets the last jobs end.
    const stats = await ask('GET', '/_emulator/stats')
    const seconds = (performance.now() - startedAtMs) / 1000
    if ((stats.users ?? 0) < people) throw new Error(`The emulator holds ${stats.users} people of ${people}.`)
    return Math.round(people / seconds)
  }
  const created = await load(0)
  const updated = await load(1)
  const { peakRssMib, cpuSeconds } = meter.stop()
  await pool.close()
  const exited = once(child, 'exit')
  child.stdin.end()
  await exited
  return {
    people,
    created_rows_per_second: created,
    updated_rows_per_second: updated,
    cpu_seconds_per_1000_rows: Number((cpuSeconds / (people / 500)).toFixed(4)),
    peak_rss_mib: peakRssMib,
  }
}

const seededFields = [
  { key: 'city' },
  { key: 'segment' },
  { key: 'orders', type: 'integer' },
  { key: 'spent', type: 'decimal' },
]

function batches(people: number, round: number): string[] {
  const bodies: string[] = []
  for (let from = 0; from < people; from += rowsPerJob) {
    const users = Array.from({ length: Math.min(rowsPerJob, people - from) }, (_, index) => userOf(from + index, round))
    bodies.push(JSON.stringify({ users }))
  }
  return bodies
}

function userOf(number: number, round: number) {
  return {
    external_id: `c-${number}`,
    email: `person${number}@example.com`,
    name: `Person Number ${number}`,
    skip_verify_email: true,
    user_fields: {
      city: `City ${number % 500}`,
      segment: `s${number % 7}`,
      orders: (number % 40) + round,
      spent: number / 8,
    },
  }
}

if (import.meta.main)
  process.stdout.write(`${JSON.stringify(await measureEmulator(Number(process.argv[2] ?? 200_000)))}\n`)
