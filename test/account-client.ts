/** A Zendesk account as tests see it, emulated or real: requests over HTTP, and time that passes. */
import { setTimeout as wait } from 'node:timers/promises'
import { type Emulator, type EmulatorOptions, startEmulator } from '../src/emulator/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers have every shape
export type Json = any

export interface Answer {
  status: number
  headers: Headers
  text: string
  /** Undefined when the answer is no JSON. */
  json: Json
}

export interface AccountClient {
  /** `path` begins with a slash. A string as body is sent as it is; `authorization: ''` sends no credential. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Lets time pass: at once in the emulator, truly elsewhere. */
  pass(ms: number): Promise<void>
  nowMs(): number
  /** What POST /oauth/tokens asks for; undefined where only an API token is known. */
  oauth: { client_id: string; client_secret: string } | undefined
}

/** A client of the account at `origin`. */
export function connectAccount(origin: string, authorization: string, oauth?: AccountClient['oauth']): AccountClient {
  return {
    oauth,
    nowMs: Date.now,
    pass: (ms) => wait(ms),
    call: async (method, path, body, headers = {}) => {
      const { authorization: given = authorization, ...others } = headers
      const response = await fetch(origin + path, {
        method,
        redirect: 'error',
        headers: {
          ...(given === '' ? {} : { authorization: given }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...others,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.startsWith('application/json')
      return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
    },
  }
}

export function basicAuthorization(email: string, apiToken: string): string {
  return `Basic ${Buffer.from(`${email}/token:${apiToken}`).toString('base64')}`
}

export interface EmulatedAccount extends AccountClient {
  emulator: Emulator
  /** Lines about routes that are not emulated. */
  warnings: string[]
  [Symbol.asyncDispose](): Promise<void>
}

/** An emulated account whose clock moves only by `pass`. */
export async function openEmulatedAccount(options: EmulatorOptions = {}): Promise<EmulatedAccount> {
  let nowMs = Date.UTC(2026, 10, 21, 12)
  const warnings: string[] = []
  const emulator = await startEmulator({
    plan: 'unlimited',
    jobLatencyMs: [1000, 2000],
    now: () => nowMs,
    warn: (line) => warnings.push(line),
    ...options,
  })
  const { url, email, apiToken, clientId, clientSecret } = emulator
  return {
    ...connectAccount(url, basicAuthorization(email, apiToken), { client_id: clientId, client_secret: clientSecret }),
    emulator,
    warnings,
    nowMs: () => nowMs,
    pass: async (ms) => {
      nowMs += ms
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  }
}
