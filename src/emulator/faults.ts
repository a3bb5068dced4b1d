/** Faults are data: a test says what goes wrong where and how often; nothing of this is Zendesk's. */
import { createRandom, type Random } from './random.ts'

export const requestFaultKinds = [
  'status', // answers `status` without effect
  'status_after_write', // the request takes effect, then `status` is the answer
  'reset_before', // the socket is destroyed, nothing took effect
  'reset_after_write', // the request takes effect, then the socket is destroyed
  'hang', // no answer and no effect, until the emulator closes
  'hang_after_write', // the request takes effect, no answer follows
  'slow', // waits `delayMs`, then as usual
  'truncated', // takes effect; half the body comes, then the socket is destroyed
  'garbled', // takes effect; the answer is a 200 with HTML
  'mistyped', // takes effect; in the JSON of the answer the values of the keys of `replace` are those given there
  'drip', // takes effect; the body comes byte by byte, `delayMs` apart
  'stale_read', // a GET of users is answered with what the account was `ageMs` ago, at the earliest when the fault was added
] as const

/** Faults of the job that a bulk request makes. The request itself is answered as usual. */
export const jobFaultKinds = [
  'job_lost', // 404 and absent from lists, from the start
  'job_vanished', // runs, then is lost as soon as it has finished
  'job_killed', // ends as `killed` without results
  'job_failed', // ends as `failed` without results
  'job_stuck', // never leaves `working`
  'results_missing', // the last result is not there
  'results_null', // `completed`, results null
  'results_shuffled', // results in another order than the request
  'results_doubled', // the first result stands in the place of the last as well
  'results_excess', // the first result comes once more behind the last
  'results_contradicting', // the first row has `Failed` as a second result, behind the last
  'results_foreign_ids', // each result has the `id` of the one behind it
  'results_foreign_keys', // each result repeats the keys of the one behind it
] as const

export type RequestFaultKind = (typeof requestFaultKinds)[number]
export type JobFaultKind = (typeof jobFaultKinds)[number]

export interface Fault {
  kind: RequestFaultKind | JobFaultKind
  /** Without it every API request (of a job fault: every bulk request) is meant. `path`: a part of path and query, or a pattern. */
  match?: { method?: string; path?: string | RegExp }
  /** How often it strikes; 1 unless there is a probability. */
  times?: number | 'always'
  /** Matching requests that are let through first. */
  skip?: number
  probability?: number
  status?: number
  /** An object becomes JSON, a string plain text. */
  body?: object | string
  headers?: Record<string, string>
  /** Seconds, as in the header. */
  retryAfter?: number
  /** Of slow and drip; 1,000 unless given. */
  delayMs?: number
  /** Of mistyped: key -> value, wherever the key stands in the answer; without it the whole answer is put into a list. */
  replace?: Record<string, unknown>
  /** Of stale_read; 5,000 unless given, and up to a second more, since changes have whole seconds. */
  ageMs?: number
  /** Of job_lost, job_killed and job_failed: which rows take effect all the same. */
  effect?: 'none' | 'half' | 'all'
}

/** A fault in force, with what is left of it. */
export interface ActiveFault extends Fault {
  left: number
  skipLeft: number
  struck: number
}

/** Legal values of what is chosen from a list. */
const appliedEffects = ['none', 'half', 'all'] as const

const faultKeys: Readonly<Record<keyof Fault, (value: unknown) => boolean>> = {
  kind: isText,
  match: isMatch,
  times: (value) => value === 'always' || isCount(value),
  skip: isCount,
  probability: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  status: (value) => Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599,
  body: (value) => isText(value) || (typeof value === 'object' && value !== null),
  headers: (value) => typeof value === 'object' && value !== null && Object.values(value).every(isText),
  retryAfter: isCount,
  delayMs: isCount,
  replace: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ageMs: isCount,
  effect: (value) => appliedEffects.some((one) => one === value),
}

const legalValues: Readonly<Record<keyof Fault, string>> = {
  kind: `one of ${[...requestFaultKinds, ...jobFaultKinds].join(', ')}`,
  match: 'an object with `method` and `path`, both of them texts',
  times: 'a number or "always"',
  skip: 'a number',
  probability: 'a number from 0 to 1',
  status: 'a number from 200 to 599',
  body: 'an object or a text',
  headers: 'an object of texts',
  retryAfter: 'a number of seconds',
  delayMs: 'a number of milliseconds',
  replace: 'an object of values by key',
  ageMs: 'a number of milliseconds',
  effect: `one of ${appliedEffects.join(', ')}`,
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0
}

function isMatch(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const parts = Object.entries(value).filter(([, part]) => part !== undefined)
  return parts.every(
    ([name, part]) =>
      (name === 'method' && isText(part)) || (name === 'path' && (isText(part) || part instanceof RegExp)),
  )
}

/** A TypeError that names what is legal, for a key or value that the emulator does not know. */
function checkFault(fault: Fault): void {
  if (typeof fault !== 'object' || fault === null) throw new TypeError('A fault is an object with a `kind`.')
  const kinds: readonly unknown[] = [...requestFaultKinds, ...jobFaultKinds]
  if (!kinds.includes(fault.kind)) {
    throw new TypeError(`The emulator has no fault \`${fault.kind}\`; it has ${kinds.join(', ')}.`)
  }
  for (const [name, value] of Object.entries(fault)) {
    if (!Object.hasOwn(faultKeys, name)) {
      throw new TypeError(`A fault has no \`${name}\`; it has ${Object.keys(faultKeys).join(', ')}.`)
    }
    const key = name as keyof Fault
    if (value !== undefined && !faultKeys[key](value)) {
      throw new TypeError(`\`${name}\` of a fault is ${legalValues[key]}, not ${JSON.stringify(value)}.`)
    }
  }
}

/** Where reading of what has just been written may lag. */
const userPaths = /^\/api\/v2\/(users(?!\/me\b)|incremental\/users)/

const bulkPaths =
  /^\/api\/v2\/(users|organizations|organization_memberships)\/(create_many|create_or_update_many|update_many|destroy_many)(\.json)?$/

function isJobFault(kind: Fault['kind']): kind is JobFaultKind {
  return (jobFaultKinds as readonly string[]).includes(kind)
}

export class Faults {
  private readonly random: Random
  private active: ActiveFault[] = []

  constructor(seed: number) {
    this.random = createRandom(seed, 'faults')
  }

  add(fault: Fault): void {
    checkFault(fault)
    const times = fault.times ?? (fault.probability === undefined ? 1 : 'always')
    const left = times === 'always' ? Number.POSITIVE_INFINITY : times
    this.active.push({ ...fault, left, skipLeft: fault.skip ?? 0, struck: 0 })
  }

  list(): readonly ActiveFault[] {
    return this.active
  }

  clear(): void {
    this.active = []
  }

  /** The first request fault and the first job fault that strike this request; each is used up by one. */
  strike(method: string, path: string, query: string): { request?: ActiveFault; job?: ActiveFault } {
    const struck: { request?: ActiveFault; job?: ActiveFault } = {}
    if (this.active.length === 0) return struck
    const isBulk = bulkPaths.test(path)
    for (const fault of this.active) {
      const scope = isJobFault(fault.kind) ? 'job' : 'request'
      if (struck[scope] || fault.left <= 0 || (scope === 'job' && !isBulk)) continue
      if (fault.kind === 'stale_read' && (method !== 'GET' || !userPaths.test(path))) continue
      if (!matches(fault, method, query === '' ? path : `${path}?${query}`)) continue
      if (fault.skipLeft > 0) {
        fault.skipLeft--
        continue
      }
      if (fault.probability !== undefined && !this.random.chance(fault.probability)) continue
      fault.left--
      fault.struck++
      struck[scope] = fault
    }
    return struck
  }
}

function matches(fault: Fault, method: string, target: string): boolean {
  const wanted = fault.match ?? {}
  if (wanted.method !== undefined && wanted.method.toUpperCase() !== method) return false
  if (wanted.path === undefined) return true
  return typeof wanted.path === 'string' ? target.includes(wanted.path) : wanted.path.test(target)
}
