/**
 * Jobs of the bulk endpoints: queued -> working -> completed (OAS JobStatusObject).
 * A job looks all its users up when work starts and writes when it completes, in random order, since its rows run in parallel
 * (ZENPY: ids do not rise with the order of results). So two rows of one person in one job, or in two jobs in flight, race.
 * Time moves only in {@link Jobs.advance}, which the server calls before every request: no timers, and repeatable with any clock.
 */
import { type Account, primaryEmail } from './account.ts'
import type { Row } from './attributes.ts'
import type { ActiveFault, JobFaultKind } from './faults.ts'
import { createRandom, type Random, shuffledIndexes } from './random.ts'
import { applyRow, findMatch, type Match, type RowContext, type RowOutcome, type WriteMode } from './upsert.ts'

export interface Job {
  readonly id: string
  readonly mode: WriteMode
  readonly total: number
  readonly createdAtMs: number
  readonly startAtMs: number
  readonly endAtMs: number
  status: 'queued' | 'working' | 'completed' | 'failed' | 'killed'
  /** Rows are dropped when the job has ended; results are JSON text from then on. */
  rows: readonly Row[] | null
  matches: Match[] | null
  results: string | null
  isAdmin: boolean
  fault: ActiveFault | undefined
  isLost: boolean
}

export interface JobRequest {
  mode: WriteMode
  rows: readonly Row[]
  isAdmin: boolean
  nowMs: number
  fault: ActiveFault | undefined
}

/** JINMU: "Bulk Create User" on create_many. Assumption: the others follow it. */
const jobTypes: Record<WriteMode, string> = {
  create: 'Bulk Create User',
  upsert: 'Bulk Create User',
  update: 'Bulk Update User',
}

/** Memory bound of ours: 10,000 finished jobs of 100 rows are about 100 MB. */
const keptJobs = 10_000

export class Jobs {
  /** Most jobs that were ever queued or working together. */
  peakInFlight = 0
  created = 0
  private readonly account: Account
  private readonly ids: Random
  private readonly latencies: Random
  private readonly races: Random
  private readonly jobs = new Map<string, Job>()
  private inFlight: Job[] = []

  constructor(seed: number, account: Account) {
    this.account = account
    this.ids = createRandom(seed, 'job ids')
    this.latencies = createRandom(seed, 'latencies')
    this.races = createRandom(seed, 'races')
  }

  /** Ids of the jobs that are queued or working. */
  inFlightIds(): string[] {
    return this.inFlight.map((job) => job.id)
  }

  /** Queues a job; nothing of it happens yet. */
  create(request: JobRequest): Job {
    const { mode, rows, isAdmin, nowMs, fault } = request
    const latencyMs = this.latencyMs(rows.length)
    const job: Job = {
      id: `V3-${this.ids.hex(32)}`, // ZENPY
      mode,
      total: rows.length,
      createdAtMs: nowMs,
      startAtMs: nowMs + latencyMs * (0.2 + 0.3 * this.latencies.next()),
      endAtMs: fault?.kind === 'job_stuck' ? Number.POSITIVE_INFINITY : nowMs + latencyMs,
      status: 'queued',
      rows,
      matches: null,
      results: null,
      isAdmin,
      fault,
      isLost: fault?.kind === 'job_lost',
    }
    this.jobs.set(job.id, job)
    this.inFlight.push(job)
    this.created++
    this.peakInFlight = Math.max(this.peakInFlight, this.inFlight.length)
    this.forgetOld(nowMs)
    return job
  }

  /** A job that can still be queried (DOC-JOBS: one day). */
  find(id: string, nowMs: number): Job | undefined {
    const job = this.jobs.get(id)
    return job && !job.isLost && !this.isExpired(job, nowMs) ? job : undefined
  }

  /**
   * By completion, then creation, youngest first (OAS ListJobStatuses).
   * Assumption: unfinished jobs, which have no completion date, come before all others.
   */
  list(nowMs: number): Job[] {
    const completedAt = (job: Job): number => (job.rows === null ? job.endAtMs : Number.MAX_VALUE)
    return [...this.jobs.values()]
      .filter((job) => !job.isLost && !this.isExpired(job, nowMs))
      .reverse()
      .sort((one, other) => completedAt(other) - completedAt(one) || other.createdAtMs - one.createdAtMs)
  }

  /** Lets everything happen that is due, in the order of time. */
  advance(nowMs: number): void {
    for (;;) {
      let next: Job | undefined
      let atMs = Number.POSITIVE_INFINITY
      for (const job of this.inFlight) {
        const dueAtMs = job.status === 'queued' ? job.startAtMs : job.endAtMs
        if (dueAtMs < atMs) {
          atMs = dueAtMs
          next = job
        }
      }
      if (!next || atMs > nowMs) return
      if (next.status === 'queued') this.start(next)
      else this.finish(next)
    }
  }

  /** The JSON of a job; its url is on `origin`. */
  render(job: Job, origin: string, nowMs: number): string {
    const isQueued = job.status === 'queued'
    const share = (nowMs - job.startAtMs) / Math.max(1, job.endAtMs - job.startAtMs)
    const done = Math.min(job.total - 1, Math.floor(share * job.total))
    const isWorking = job.status === 'working'
    // ZENPY: null while queued, then 1 to total.
    const progress = isQueued ? null : isWorking ? Math.max(1, done) : job.total
    const completedAt = (): string => new Date(job.endAtMs).toISOString().slice(0, 19).replace('T', ' ')
    let message: string | null = null
    if (isWorking) message = `${job.mode === 'update' ? 'Updating' : 'Creating'} User #${progress}`
    else if (job.status === 'completed') message = `Completed at ${completedAt()} +0000`
    const url = `${origin}/api/v2/job_statuses/${job.id}.json`
    return (
      `{"id":"${job.id}","job_type":"${jobTypes[job.mode]}","url":${JSON.stringify(url)},"total":${job.total},` +
      `"progress":${progress},"status":"${job.status}","message":${JSON.stringify(message)},"results":${job.results}}`
    )
  }

  private latencyMs(rowCount: number): number {
    const range = this.account.settings.jobLatencyMs
    // ZENPY: a row 2-6 s, 50 rows 4-9 s, 100 rows 7-12 s.
    const [min, max] = range === 'realistic' ? [2000 + 50 * rowCount, 6000 + 60 * rowCount] : range
    return min + (max - min) * this.latencies.next()
  }

  private start(job: Job): void {
    job.status = 'working'
    job.matches = job.rows!.map((row) => findMatch(this.account, row, job.mode))
  }

  private finish(job: Job): void {
    const rows = job.rows!
    const context: RowContext = {
      account: this.account,
      mode: job.mode,
      atS: Math.floor(job.endAtMs / 1000),
      race: this.races,
      isAdmin: job.isAdmin,
    }
    const results: string[] = new Array(rows.length)
    let order = shuffledIndexes(rows.length, this.races)
    const kind = job.fault?.kind as JobFaultKind | undefined
    if (kind === 'job_lost' || kind === 'job_killed' || kind === 'job_failed') {
      order = order.slice(0, Math.ceil(order.length * appliedShare(job.fault?.effect)))
    }
    for (const index of order) {
      const outcome = applyRow(context, rows[index]!, job.matches![index]!)
      results[index] = resultJson(outcome, index, rows[index]!, job.mode)
    }
    this.end(job, kind, results)
    this.inFlight = this.inFlight.filter((other) => other !== job)
  }

  private end(job: Job, kind: JobFaultKind | undefined, results: string[]): void {
    job.rows = null
    job.matches = null
    job.status = 'completed' // COMM-ORDER: also with failed rows
    // Assumption: a job that broke has no results; their shape is unknown.
    if (kind === 'job_killed' || kind === 'job_failed') {
      job.status = kind === 'job_killed' ? 'killed' : 'failed'
      return
    }
    if (kind === 'job_vanished') job.isLost = true
    if (kind === 'results_null') return
    if (kind === 'results_missing') results.pop()
    // Rotated, not shuffled: every single result stands in another place.
    if (kind === 'results_shuffled') results.push(results.shift()!)
    job.results = `[${results.join(',')}]`
  }

  private isExpired(job: Job, nowMs: number): boolean {
    return job.rows === null && nowMs - job.endAtMs > this.account.settings.jobRetentionMs
  }

  private forgetOld(nowMs: number): void {
    for (const [id, job] of this.jobs) {
      if (job.rows !== null || !(this.jobs.size > keptJobs || this.isExpired(job, nowMs))) return
      this.jobs.delete(id)
    }
  }
}

function appliedShare(effect: ActiveFault['effect']): number {
  return effect === 'all' ? 1 : effect === 'half' ? 0.5 : 0
}

function resultJson(outcome: RowOutcome, index: number, row: Row, mode: WriteMode): string {
  if (outcome.status === 'Failed') {
    const details = outcome.errors.map(describe).join(', ')
    if (mode !== 'update') {
      // COMM-ORDER, JAVA PR #325: `id` is the index of the row. UserUpdateError also for failed creates; other names are ours.
      return JSON.stringify({ id: index, error: outcome.code, details, status: 'Failed' })
    }
    // OAS FailedResult. Assumption: a row without an id has its index there.
    const id = typeof row.id === 'number' ? row.id : index
    return JSON.stringify({ id, action: 'update', error: outcome.code, success: false, details, status: 'Failed' })
  }
  const { user, status } = outcome
  // ZENPY update_many.
  if (mode === 'update') return `{"id":${user.id},"action":"update","status":"Updated","success":true}`
  // ZENPY, JAVA: e-mail and external_id only if the user has one.
  const email = primaryEmail(user)
  let text = `{"id":${user.id},"status":"${status}"`
  if (email !== null) text += `,"email":${JSON.stringify(email)}`
  if (user.externalId !== null) text += `,"external_id":${JSON.stringify(user.externalId)}`
  return `${text}}`
}

/** COMM-ORDER: "Name: Email: x is not properly formatted"; COMM-MERGE shows the duplicate without the first label. */
function describe(error: { attribute: string; description: string; error?: string }): string {
  return error.attribute === 'email' && error.error === undefined ? `Name: ${error.description}` : error.description
}
