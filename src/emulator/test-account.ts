/** For the emulator's own tests: an account whose clock stands still, and real HTTP to it. */
import fc from 'fast-check'
import { type Emulator, type EmulatorOptions, startEmulator } from './index.ts'
import { type Readings, readings } from './readings.ts'

/** Any mixture of readings of what nobody knows: what holds under each of them is a rule of the account. */
export const anyReadings = fc.record(
  Object.fromEntries(Object.entries(readings).map(([name, values]) => [name, fc.constantFrom<unknown>(...values)])),
) as unknown as fc.Arbitrary<Readings>

export interface Answer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any
}

export interface TestAccount {
  emulator: Emulator
  /** Lines about routes that are not emulated. */
  warnings: string[]
  authorization: string
  /** Moves the clock. */
  pass(ms: number): void
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Posts rows, lets the job end, and answers its results. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  upsert(...users: unknown[]): Promise<any[]>
  [Symbol.asyncDispose](): Promise<void>
}

export async function openTestAccount(options: EmulatorOptions = {}): Promise<TestAccount> {
  let nowMs = Date.UTC(2026, 10, 21, 12)
  const warnings: string[] = []
  const emulator = await startEmulator({
    plan: 'unlimited',
    jobLatencyMs: [1000, 2000],
    now: () => nowMs,
    warn: (line) => warnings.push(line),
    ...options,
  })
  const authorization = `Basic ${Buffer.from(`${emulator.email}/token:${emulator.apiToken}`).toString('base64')}`
  const call: TestAccount['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(new URL(path, emulator.url), {
      method,
      headers: { authorization, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }
  return {
    emulator,
    warnings,
    authorization,
    pass: (ms) => {
      nowMs += ms
    },
    call,
    upsert: async (...users) => {
      const posted = await call('POST', '/api/v2/users/create_or_update_many.json', { users })
      if (posted.status !== 200) throw new Error(`${posted.status} ${posted.text}`)
      nowMs += 2000
      const job = await call('GET', `/api/v2/job_statuses/${posted.json.job_status.id}.json`)
      return job.json.job_status.results
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  }
}
