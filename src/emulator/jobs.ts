/**
 * Jobs of the bulk endpoints: queued -> working -> completed (OAS JobStatusObject).
 * A job looks all its records up when work starts and writes when it completes, in random order, since its rows run in parallel
 * (ZENPY: ids do not rise with the order of results). So two rows of one person in one job, or in two jobs in flight, race; by the
 * setting `rowRace` the rows of a job follow each other instead.
 * Time moves only in {@link Jobs.advance}, which the server calls before every request: no timers, and repeatable with any clock.
 */
import type { Account } from './account.ts'
import type { ActiveFault, JobFaultKind } from './faults.ts'
import { createRandom, type Random, shuffledIndexes } from './random.ts'
import { spoiledResults } from './spoiled-results.ts'

/** The work of a job, row by row. */
export interface Task {
  /** As `job_type` shows it. */
  type: string
  /** How the error of too many jobs calls it. */
  jobClass: string
  /** While it works, before the number of the row: `Creating User`. */
  doing: string
  total: number
  /** Looks everything up, when work starts. */
  start?: (race: Random) => void
  /** Writes a row, and answers its result as JSON text. */
  apply: (index: number, atS: number, race: Random) => string
}

export interface Job {
  readonly id: string
  readonly type: string
  readonly jobClass: string
  readonly doing: string
  readonly total: number
  readonly createdAtMs: number
  readonly startAtMs: number
  readonly endAtMs: number
  status: 'queued' | 'working' | 'completed' | 'failed' | 'killed'
  /** Dropped with its rows when the job has ended; results are JSON text from then on. */
  task: Task | null
  results: string | null
  fault: ActiveFault | undefined
  isLost: boolean
}

export interface JobRequest {
  task: Task
  nowMs: number
  fault: ActiveFault | undefined
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

  /** Ids of the jobs that are queued or working, of all classes unless one is given. */
  inFlightIds(jobClass?: string): string[] {
    const jobs = jobClass === undefined ? this.inFlight : this.inFlight.filter((job) => job.jobClass === jobClass)
    return jobs.map((job) => job.id)
  }

  /** Queues a job; nothing of it happens yet. */
  create(request: JobRequest): Job {
    const { task, nowMs, fault } = request
    const latencyMs = this.latencyMs(task.total)
    const job: Job = {
      id: `V3-${this.ids.hex(32)}`, // ZENPY
      type: task.type,
      jobClass: task.jobClass,
      doing: task.doing,
      total: task.total,
      createdAtMs: nowMs,
      startAtMs: nowMs + latencyMs * (0.2 + 0.3 * this.latencies.next()),
      endAtMs: fault?.kind === 'job_stuck' ? Number.POSITIVE_INFINITY : nowMs + latencyMs,
      status: 'queued',
      task,
      results: null,
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
   * By completion, then creation, youngest first (OAS ListJobStatuses). Unfinished jobs have no completion date: the setting
   * `jobListOrder` says where they stand.
   */
  list(nowMs: number): Job[] {
    const { jobListOrder } = this.account.settings
    const unfinishedAtMs = jobListOrder === 'unfinished_last' ? 0 : Number.MAX_VALUE
    const completedAt = (job: Job): number =>
      jobListOrder === 'created' ? 0 : job.task === null ? job.endAtMs : unfinishedAtMs
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
    if (isWorking) message = `${job.doing} #${progress}`
    else if (job.status === 'completed') message = `Completed at ${completedAt()} +0000`
    const url = `${origin}/api/v2/job_statuses/${job.id}.json`
    return (
      `{"id":"${job.id}","job_type":"${job.type}","url":${JSON.stringify(url)},"total":${job.total},` +
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
    job.task!.start?.(this.races)
  }

  private finish(job: Job): void {
    const task = job.task!
    const atS = Math.floor(job.endAtMs / 1000)
    const results: string[] = new Array(task.total)
    const isInOrder = this.account.settings.rowRace === 'in_order'
    let order = isInOrder ? Array.from(results, (_, index) => index) : shuffledIndexes(task.total, this.races)
    const kind = job.fault?.kind as JobFaultKind | undefined
    if (kind === 'job_lost' || kind === 'job_killed' || kind === 'job_failed') {
      order = order.slice(0, Math.ceil(order.length * appliedShare(job.fault?.effect)))
    }
    this.account.history.during({ jobId: job.id, jobType: job.type }, () => {
      for (const index of order) results[index] = task.apply(index, atS, this.races)
    })
    this.end(job, kind, results)
    this.inFlight = this.inFlight.filter((other) => other !== job)
  }

  private end(job: Job, kind: JobFaultKind | undefined, results: string[]): void {
    job.task = null
    job.status = 'completed' // COMM-ORDER: also with failed rows
    // What the results of a job that broke look like is unknown.
    if (kind === 'job_killed' || kind === 'job_failed') {
      job.status = kind === 'job_killed' ? 'killed' : 'failed'
      if (this.account.settings.brokenJobResults === 'partial') {
        job.results = `[${results.filter((result) => result !== undefined).join(',')}]`
      }
      return
    }
    if (kind === 'job_vanished') job.isLost = true
    const told = spoiledResults(kind, results)
    if (told !== null) job.results = `[${told.join(',')}]`
  }

  private isExpired(job: Job, nowMs: number): boolean {
    return job.task === null && nowMs - job.endAtMs > this.account.settings.jobRetentionMs
  }

  private forgetOld(nowMs: number): void {
    for (const [id, job] of this.jobs) {
      if (job.task !== null || !(this.jobs.size > keptJobs || this.isExpired(job, nowMs))) return
      this.jobs.delete(id)
    }
  }
}

function appliedShare(effect: ActiveFault['effect']): number {
  return effect === 'all' ? 1 : effect === 'half' ? 0.5 : 0
}
