/** What the tests of this folder share: an emulated account and connections to it. */
import { afterEach } from 'vitest'
import type { Emulator, EmulatorOptions } from '../../emulator/index.ts'
import { startEmulator } from '../../emulator/index.ts'
import type { Attribute, Connection, Write, WriteResult } from '../destination.ts'
import type { Clock } from './clock.ts'
import { builtInAttributes } from './fields.ts'
import type { ZendeskConnectOptions } from './index.ts'
import { connectZendesk } from './index.ts'
import type { ZendeskCredential } from './settings.ts'
import { zendeskCredential, zendeskSettings } from './settings.ts'

export const attributes: ReadonlyMap<string, Attribute> = builtInAttributes(null)

/** A clock that jumps over every wait. */
export function jumpingClock(): Clock & { nowMs: number } {
  return {
    nowMs: 0,
    now() {
      return this.nowMs
    },
    sleep(delayMs, signal) {
      if (!signal?.aborted) this.nowMs += Math.max(0, delayMs)
      return new Promise((resolve) => setImmediate(resolve))
    },
  }
}

const shortTimeouts = { connectMs: 2_000, headersMs: 250, bodyMs: 250, exchangeMs: 20_000 }

export function oauth(emulator: Emulator): ZendeskCredential {
  const { clientId: client_id, clientSecret: client_secret } = emulator
  return zendeskCredential.parse({ type: 'zendesk_oauth', client_id, client_secret })
}

export function apiToken(emulator: Emulator): ZendeskCredential {
  return zendeskCredential.parse({ type: 'zendesk', email: emulator.email, api_token: emulator.apiToken })
}

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** Closed after the test. */
export async function emulate(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ plan: 'unlimited', jobLatencyMs: [0, 0], ...options })
  open.push(emulator)
  return emulator
}

export interface ConnectionOptions extends Partial<ZendeskConnectOptions> {
  credential?: ZendeskCredential
  /** Keys of the destination in deskside.yml. */
  settings?: Record<string, unknown>
}

/** Closed after the test. */
export function connect(emulator: Emulator, options: ConnectionOptions = {}): Connection {
  const { credential = apiToken(emulator), settings = {}, ...rest } = options
  const connection = connectZendesk(
    zendeskSettings.parse({
      plugin: 'zendesk',
      credential: 'zendesk',
      subdomain: 'emulator',
      base_url: emulator.url,
      limits: { api_budget: 'none' },
      ...settings,
    }),
    credential,
    { env: {}, timeouts: shortTimeouts, retryBaseMs: 1, ...rest },
  )
  open.push(connection)
  return connection
}

export function person(key: string, more: Partial<Write> = {}): Write {
  return {
    kind: 'create',
    zendeskId: null,
    externalId: key,
    email: `${key}@example.com`,
    values: { name: `Name of ${key}` },
    before: {},
    ...more,
  }
}

/** A write to somebody whom the account has, by Zendesk's id alone. */
export function change(kind: Write['kind'], id: number, more: Partial<Write> = {}): Write {
  return { kind, zendeskId: String(id), externalId: null, email: null, values: {}, before: {}, ...more }
}

export function submit(connection: Connection, writes: readonly Write[]) {
  const prepared = writes.map((write) => connection.prepare(write, attributes))
  return connection.submit(connection.batchKind(writes[0]!), prepared)
}

/** Sends a batch and asks for its job, if it has one. */
export async function deliver(connection: Connection, writes: readonly Write[]): Promise<readonly WriteResult[]> {
  const sent = await submit(connection, writes)
  if (sent.end === 'settled') return sent.results
  if (sent.end !== 'job') throw new Error(`no job: ${JSON.stringify(sent)}`)
  const [state] = await connection.pollJobs([{ jobId: sent.jobId, writes }])
  if (state?.state !== 'completed') throw new Error(`the job is ${state?.state}`)
  return state.results
}
