/**
 * What the emulator was asked. Bounded: a long load keeps its latest calls, and of those the latest bodies. Bodies stay bytes until
 * somebody reads them: parsed, they would cost several times the memory and the collector's time.
 */
import { RequestMinutes } from './request-minutes.ts'

export interface Call {
  /** 1 for the first request since the last reset. */
  number: number
  method: string
  /** Path and query as requested. */
  path: string
  /** null: the caller got no answer. */
  status: number | null
  atMs: number
  /** Body of a writing request, parsed (text if it is no JSON); of old calls it is no longer kept. */
  body?: unknown
  /** The job that the request made. */
  jobId?: string
  fault?: string
}

export interface CallFilter {
  method?: string
  /** A part of the path. */
  path?: string
}

/** `bodies` keeps those of writes; `lines` none; `off` counts only. */
export type JournalMode = 'bodies' | 'lines' | 'off'

const keptCalls = 50_000
/** 300 bytes a row: the bodies of the latest 600,000 rows or so. */
const keptBytes = 192 * 1024 * 1024

interface Entry {
  call: Call
  bytes: Buffer | undefined
}

export class Journal {
  count = 0
  readonly minutes = new RequestMinutes()
  private readonly mode: JournalMode
  private entries: Entry[] = []
  private byteCount = 0
  /** Entries before this one have no bytes. */
  private firstBody = 0

  constructor(mode: JournalMode) {
    this.mode = mode
  }

  /** `bytes`: the body of a writing request. */
  add(call: Omit<Call, 'number' | 'body'>, bytes: Buffer | undefined): void {
    this.count++
    this.minutes.count(call.status, call.atMs)
    if (this.mode === 'off') return
    const kept = this.mode === 'bodies' && bytes !== undefined && bytes.length > 0 ? bytes : undefined
    this.entries.push({ call: { number: this.count, ...call }, bytes: kept })
    this.byteCount += kept?.length ?? 0
    while (this.byteCount > keptBytes) this.dropOldestBody()
    if (this.entries.length >= 2 * keptCalls) this.dropOldestCalls()
  }

  list(filter: CallFilter = {}): Call[] {
    const { method, path } = filter
    return this.entries
      .filter(({ call }) => (!method || call.method === method.toUpperCase()) && (!path || call.path.includes(path)))
      .map(({ call, bytes }) => (bytes ? { ...call, body: readBody(bytes) } : { ...call }))
  }

  /** The latest calls without their bodies, the youngest first. */
  latest(count: number): Call[] {
    return this.entries
      .slice(-count)
      .reverse()
      .map(({ call }) => call)
  }

  clear(): void {
    this.minutes.clear()
    this.entries = []
    this.count = 0
    this.byteCount = 0
    this.firstBody = 0
  }

  private dropOldestBody(): void {
    const entry = this.entries[this.firstBody++]!
    this.byteCount -= entry.bytes?.length ?? 0
    entry.bytes = undefined
  }

  private dropOldestCalls(): void {
    const dropped = this.entries.splice(0, keptCalls)
    for (const { bytes } of dropped) this.byteCount -= bytes?.length ?? 0
    this.firstBody = Math.max(0, this.firstBody - keptCalls)
  }
}

function readBody(bytes: Buffer): unknown {
  const text = bytes.toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
