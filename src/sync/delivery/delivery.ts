import type {
  Attribute,
  BatchKind,
  Connection,
  JobState,
  Submission,
  Write,
  WriteResult,
} from '../../destination/destination.ts'
import { reached } from '../../moment.ts'
import { asProblem, Problem } from '../../problem.ts'
import { Journal } from '../ledger/journal.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { PlanDetails } from '../plan.ts'
import type { WorkflowEvent } from '../report.ts'
import { Activity, monotonicMs } from './activity.ts'
import { type Attempt, jobFailed, outcomeOf, settleAttempts } from './attempt.ts'
import { type Batch, cutBatch, halves, type ReadyBatch, writesOf } from './batch.ts'
import { ChangeSet } from './change-set.ts'
import { Pace, PollPace } from './pace.ts'
import { type ParkedBatch, resolveParked, SECOND_LOOK_MS } from './parked.ts'
import { ProgressMeter } from './progress-meter.ts'
import { attemptsOf, nextRound, PageAhead, type Round, type RoundSource } from './rounds.ts'

export interface DeliveryRequest {
  ledger: Ledger
  connection: Connection
  run: string
  details: PlanDetails
  attributes: ReadonlyMap<string, Attribute>
  /** `settle_only` ends what an earlier process left and posts nothing. */
  mode: 'deliver' | 'settle_only'
  /** The process gives up after this long without any settled row. */
  patienceMs: number
  onEvent: (event: WorkflowEvent) => void
  /** Stops cleanly: jobs in flight are settled first. */
  signal?: AbortSignal
  /** Stops at once; the journal says where. */
  abort?: AbortSignal
}

export type DeliveryEnd = { end: 'done' } | { end: 'stopped' } | { end: 'problem'; problem: Problem }

interface Job extends Batch {
  jobId: string
  writes: readonly Write[]
  submittedAtMs: number
}

/** Attempts to be sent before anything new, in batches of their own. */
interface Requeued {
  attempts: Attempt[]
  lost: number
}

const MAX_BACKOFF_MS = 60_000
const TELL_EVERY_MS = 500
const LOOKING = 'asking Zendesk what became of people whose answer was lost'

/**
 * Delivers a stored plan: changes -> batches -> jobs -> outcomes. Three loops share one state: the sender fills slots at the pace of the
 * limits, the poller asks for all jobs in flight at once, the resolver finds out about POSTs whose end nobody knows. Every batch is in the
 * journal before its POST, so that a kill at any moment loses nothing (I3); a person is in one batch at a time because a round holds each
 * person once and is settled before the next begins (I4).
 */
export async function deliver(request: DeliveryRequest): Promise<DeliveryEnd> {
  return await request.ledger.db.withOneThread(async () => {
    const delivery = await Delivery.restore(request)
    return await delivery.run()
  })
}

class Delivery {
  readonly #request: DeliveryRequest
  readonly #journal: Journal
  readonly #source: RoundSource
  readonly #activity = new Activity()
  readonly #pace: Pace
  readonly #pollPace = new PollPace()
  readonly #jobs = new Map<string, Job>()
  readonly #posting = new Set<Promise<void>>()
  /** What the journal is told of batches that hold no slot: their job has begun or is over. */
  readonly #noting = new Set<Promise<void>>()
  readonly #requeued: Requeued[] = []
  #parked: (ParkedBatch & Batch)[] = []
  #nextFollowUp: number
  #refusals = 0
  #lastRefusedAtMs = Number.NEGATIVE_INFINITY
  #refusedUntilMs = 0
  #saidWaiting = false
  #lastSettledAtMs = monotonicMs()
  readonly #meter: ProgressMeter
  #over = false
  #dead = false
  /** Nothing was left to send. */
  #complete = false
  #problem: Problem | null = null

  private constructor(
    request: DeliveryRequest,
    journal: Journal,
    source: RoundSource,
    nextFollowUp: number,
    meter: ProgressMeter,
  ) {
    this.#meter = meter
    this.#request = request
    this.#journal = journal
    this.#source = source
    this.#pace = new Pace(request.connection.limits.usersPerSecond)
    this.#nextFollowUp = nextFollowUp
  }

  /** Reads from the journal what has an outcome and what is still open. */
  static async restore(request: DeliveryRequest): Promise<Delivery> {
    const { ledger, run, details, connection } = request
    const journal = await Journal.open(ledger.db, run, connection.accountNowMs)
    const taken = new ChangeSet(details.changes)
    const source: RoundSource = { db: ledger.db, run, details, connection, taken }
    let settled = 0
    await journal.settledChanges((change) => {
      if (change > details.changes) return
      taken.add(change)
      settled += 1
    })
    const openBatches = await journal.openBatches()
    const openChanges = openBatches.reduce((sum, open) => sum + open.changes.length, 0)
    const delivery = new Delivery(
      request,
      journal,
      source,
      Math.max(details.changes, await journal.lastFollowUp()) + 1,
      new ProgressMeter(details.changes, settled, openChanges, (progress) =>
        request.onEvent({ type: 'progress', progress }),
      ),
    )
    for (const open of openBatches) {
      for (const change of open.changes) if (change <= details.changes) taken.add(change)
      const batch: Batch = {
        batch: open.batch,
        kind: open.kind as BatchKind,
        attempts: await attemptsOf(source, open.changes),
        lost: 0,
      }
      if (open.job === null) delivery.#park(batch, 0)
      else delivery.#begun(batch, open.job)
    }
    return delivery
  }

  async run(): Promise<DeliveryEnd> {
    const stop = () => this.#activity.notify()
    const kill = () => {
      this.#dead = true
      this.#activity.notify()
    }
    this.#request.signal?.addEventListener('abort', stop, { once: true })
    this.#request.abort?.addEventListener('abort', kill, { once: true })
    if (this.#request.abort?.aborted) this.#dead = true
    this.#progress(true)
    // Figures that stand still are told as well: a delivery that waits is not silent.
    const telling = setInterval(() => this.#progress(false), TELL_EVERY_MS)
    const loops = [this.#guard(this.#pollLoop()), this.#guard(this.#parkedLoop())]
    try {
      await this.#guard(this.#sendAll())
      this.#over = true
      this.#activity.notify()
      await Promise.all(loops)
      // An abort cuts requests short, so that their end is still journalled.
      if (!this.#dead || this.#request.abort?.aborted) await Promise.all(this.#posting)
      // What is known is in the ledger before it is folded, however this ends.
      await Promise.all(this.#noting)
      this.#progress(true)
    } finally {
      clearInterval(telling)
      this.#request.signal?.removeEventListener('abort', stop)
      this.#request.abort?.removeEventListener('abort', kill)
    }
    if (this.#problem !== null) return { end: 'problem', problem: this.#problem }
    const done = this.#request.mode === 'settle_only' ? this.#openCount() === 0 : this.#complete
    return done && !this.#dead ? { end: 'done' } : { end: 'stopped' }
  }

  /** A loop that throws ends the delivery; the journal says what is open. */
  async #guard(loop: Promise<void>): Promise<void> {
    try {
      await loop
    } catch (error) {
      this.#die(asProblem(error))
    }
  }

  #die(problem: Problem): void {
    // A request that was cut short because we were told to end is no problem.
    if (problem.code !== 'workflow.stopped') this.#problem ??= problem
    this.#dead = true
    this.#activity.notify()
  }

  /** Nothing new is posted any more. */
  #stopping(): boolean {
    return this.#dead || this.#problem !== null || this.#request.signal?.aborted === true
  }

  /** Batches that Zendesk may be working on: each takes a slot. */
  #slotsTaken(): number {
    return this.#posting.size + this.#jobs.size + this.#parked.length
  }

  /** 0: the journal has the end of everything that was begun. */
  #openCount(): number {
    return this.#slotsTaken() + this.#noting.size
  }

  /** Keeps a batch open until the journal has it, without holding back who tells it: a commit waits for the disk. */
  #note(write: Promise<void>): void {
    const noting = this.#guard(write).finally(() => {
      this.#noting.delete(noting)
      this.#activity.notify()
    })
    this.#noting.add(noting)
  }

  async #sendAll(): Promise<void> {
    // What an earlier process left may hold people of any round (I4).
    await this.#settleOpen()
    if (this.#request.mode === 'settle_only') return
    while (!this.#stopping()) {
      const round = await nextRound(this.#source)
      if (round === null && this.#openCount() === 0 && this.#requeued.length === 0) {
        this.#complete = true
        return
      }
      await this.#sendRound(round)
    }
    await this.#settleOpen()
  }

  async #settleOpen(): Promise<void> {
    while (!this.#dead && this.#openCount() > 0) {
      await this.#activity.wait(1_000)
      this.#checkPatience()
    }
  }

  async #sendRound(round: Round | null): Promise<void> {
    const pages = new PageAhead(round)
    let buffer: Attempt[] = []
    try {
      while (!this.#stopping()) {
        if (
          this.#requeued.length === 0 &&
          buffer.length < this.#request.connection.limits.maxBatchWrites &&
          !pages.ended
        ) {
          buffer.push(...(await pages.next()))
          continue
        }
        const ready = await this.#waitForTurn()
        if (!ready) continue
        const next = this.#requeued.shift()
        if (next !== undefined) {
          this.#takeRequeued(next)
        } else if (buffer.length > 0) {
          const { batch, rest } = this.#cut(buffer)
          buffer = rest
          this.#launch(batch, 0)
        } else if (this.#openCount() > 0) {
          await this.#activity.wait(1_000)
          this.#checkPatience()
        } else if (pages.ended) return
      }
    } finally {
      await pages.close()
    }
  }

  #takeRequeued({ attempts, lost }: Requeued): void {
    const { batch, rest } = this.#cut(attempts)
    if (rest.length > 0) this.#requeued.unshift({ attempts: rest, lost })
    this.#launch(batch, lost)
  }

  /** Waits until the limits let the next batch start; false when something else should be looked at first. */
  async #waitForTurn(): Promise<boolean> {
    const now = monotonicMs()
    if (this.#slotsTaken() >= this.#request.connection.limits.jobsInFlight) {
      await this.#activity.wait(1_000)
      this.#checkPatience()
      return false
    }
    const delayMs = Math.max(this.#pace.delayMs(now), this.#refusedUntilMs - now)
    if (delayMs <= 0) return true
    await this.#activity.wait(delayMs)
    this.#checkPatience()
    return monotonicMs() >= this.#refusedUntilMs && this.#pace.delayMs(monotonicMs()) <= 0
  }

  /** Cuts the first batch off. */
  #cut(attempts: readonly Attempt[]): { batch: ReadyBatch; rest: Attempt[] } {
    return cutBatch(attempts, this.#request.connection, this.#request.attributes)
  }

  #launch(batch: ReadyBatch, lost: number): void {
    for (const attempt of batch.attempts)
      if (attempt.change <= this.#request.details.changes) this.#source.taken.add(attempt.change)
    this.#waitOver()
    this.#pace.started(monotonicMs(), batch.attempts.length)
    this.#meter.sent(monotonicMs(), batch.attempts.length)
    this.#progress(false)
    const work = this.#guard(this.#post(batch, lost)).finally(() => {
      this.#posting.delete(work)
      this.#activity.notify()
    })
    this.#posting.add(work)
  }

  async #post({ kind, attempts, prepared }: ReadyBatch, lost: number): Promise<void> {
    const number = await this.#journal.posting(
      kind,
      attempts.map((attempt) => attempt.change),
    )
    const batch: Batch = { batch: number, kind, attempts, lost }
    if (this.#stopping()) {
      await this.#free(batch)
      return
    }
    const startedAtMs = monotonicMs()
    const submission = await this.#request.connection.submit(kind, prepared)
    reached('batch.answered')
    if (submission.end === 'refused') this.#refuse(submission.delayMs, submission.why, startedAtMs)
    else this.#refusals = 0
    await this.#submitted(batch, submission)
  }

  async #submitted(batch: Batch, submission: Submission): Promise<void> {
    switch (submission.end) {
      case 'job':
        this.#note(this.#journal.submitted(batch.batch, submission.jobId))
        this.#begun(batch, submission.jobId)
        return
      case 'settled':
        await this.#settle(batch, submission.results)
        return
      case 'refused':
        await this.#free(batch)
        return
      case 'rejected_rows':
        await this.#rejectRows(batch, submission.rows)
        return
      case 'ambiguous':
        this.#sayWaiting(submission.why, submission.delayMs)
        this.#park(batch, submission.delayMs)
        return
      case 'stopped':
        await this.#free(batch)
        this.#problem ??= submission.problem
        return
      default:
        return submission satisfies never
    }
  }

  #begun(batch: Batch, jobId: string): void {
    this.#jobs.set(jobId, { ...batch, jobId, writes: writesOf(batch), submittedAtMs: monotonicMs() })
  }

  /** Surely not taken: wait as told, longer each time, and let the user see it. What was on its way together is refused once. */
  #refuse(delayMs: number, why: string, startedAtMs: number): void {
    if (startedAtMs > this.#lastRefusedAtMs) this.#refusals += 1
    this.#lastRefusedAtMs = monotonicMs()
    const backoffMs = this.#refusals === 1 ? 0 : Math.min(250 * 2 ** this.#refusals, MAX_BACKOFF_MS)
    const waitMs = Math.max(delayMs, backoffMs)
    this.#refusedUntilMs = Math.max(this.#refusedUntilMs, monotonicMs() + waitMs)
    this.#sayWaiting(why, waitMs)
  }

  #sayWaiting(why: string, waitMs: number): void {
    if (waitMs < 1_000) return
    this.#saidWaiting = true
    this.#request.onEvent({ type: 'waiting', why, untilMs: Date.now() + waitMs })
  }

  #waitOver(): void {
    if (!this.#saidWaiting) return
    this.#saidWaiting = false
    this.#request.onEvent({ type: 'waiting', why: null, untilMs: null })
  }

  /** The batch was not taken (or gave no word): its attempts are free, and are sent again when this delivery posts at all. */
  async #free(batch: Batch): Promise<void> {
    await this.#journal.refused(batch.batch)
    this.#requeued.push({ attempts: batch.attempts, lost: batch.lost })
  }

  async #rejectRows(batch: Batch, rows: readonly { index: number; reason: string }[]): Promise<void> {
    const reasons = new Map(rows.map((row) => [row.index, row.reason]))
    const outcomes = batch.attempts.flatMap((attempt, index) => {
      const reason = reasons.get(index)
      return reason === undefined
        ? []
        : [outcomeOf(attempt, { status: 'failed', code: 'zendesk.rejected_attribute', reason })]
    })
    await this.#journal.settled(batch.batch, outcomes, [])
    this.#counted(outcomes.length)
    const rest = batch.attempts.filter((_, index) => !reasons.has(index))
    if (rest.length > 0) this.#requeued.push({ attempts: rest, lost: batch.lost })
  }

  #park(batch: Batch, delayMs: number): void {
    this.#parked.push({
      ...batch,
      writes: writesOf(batch),
      notBeforeMs: monotonicMs() + delayMs,
      suspects: null,
    })
    this.#activity.notify()
  }

  async #settle(batch: Batch, results: readonly WriteResult[]): Promise<void> {
    const settlement = settleAttempts(batch.attempts, results, () => this.#nextFollowUp++)
    if (settlement.followUps.length > 0) reached('followup.made')
    await this.#journal.settled(batch.batch, settlement.outcomes, settlement.followUps)
    this.#counted(settlement.outcomes.length)
    if (settlement.again.length === 0) return
    const repeated = settlement.again.some((attempt) => attempt.tries > 1)
    for (const attempts of repeated ? halves(settlement.again) : [settlement.again])
      this.#requeued.push({ attempts, lost: 0 })
  }

  /** A broken job is halved until the row that breaks it is alone. */
  async #halve(batch: Batch, reason: string): Promise<void> {
    const [only, ...others] = batch.attempts
    if (only !== undefined && others.length === 0) {
      await this.#journal.settled(batch.batch, [jobFailed(only, reason)], [])
      this.#counted(1)
      return
    }
    await this.#journal.refused(batch.batch)
    for (const attempts of halves(batch.attempts)) this.#requeued.push({ attempts, lost: 0 })
  }

  #counted(rows: number): void {
    if (rows > 0) this.#lastSettledAtMs = monotonicMs()
    this.#meter.settled(rows)
    this.#progress(false)
    this.#activity.notify()
  }

  async #pollLoop(): Promise<void> {
    while (!this.#dead) {
      if (this.#jobs.size === 0) {
        if (this.#over && this.#openCount() === 0) return
        await this.#activity.wait(this.#over ? 100 : null)
        continue
      }
      this.#pollPace.begin(monotonicMs())
      await this.#pollDue()
      if (this.#dead) return
      await this.#poll([...this.#jobs.values()])
    }
  }

  async #pollDue(): Promise<void> {
    while (!this.#dead) {
      const now = monotonicMs()
      const isFull = this.#slotsTaken() >= this.#request.connection.limits.jobsInFlight
      const delayMs = this.#pollPace.dueMs(isFull ? now + this.#pace.delayMs(now) : null) - now
      if (delayMs <= 0) return
      await this.#activity.wait(delayMs)
    }
  }

  async #poll(jobs: Job[]): Promise<void> {
    const { connection } = this.#request
    const askedAtMs = monotonicMs()
    const states = await this.#patiently(() => connection.pollJobs(jobs))
    this.#pollPace.answered(monotonicMs() - askedAtMs)
    if (states === null) return
    for (const [index, job] of jobs.entries()) {
      const state = states[index]
      if (state === undefined || state.state === 'running') continue
      this.#note(this.#ended(job, state))
      this.#jobs.delete(job.jobId)
    }
    this.#activity.notify()
    this.#checkPatience()
  }

  /** What a job's end means for its batch. Its slot is free: Zendesk is done with it. */
  async #ended(job: Job, state: Exclude<JobState, { state: 'running' }>): Promise<void> {
    if (state.state === 'completed') {
      this.#pollPace.finished(monotonicMs() - job.submittedAtMs)
      await this.#settle(job, state.results)
    } else if (state.state === 'failed') {
      await this.#halve(job, state.reason)
    } else if (job.lost === 0) {
      await this.#free({ ...job, lost: 1 })
    } else {
      await this.#halve(job, 'Zendesk lost the job of this row, also when it was sent alone.')
    }
  }

  async #parkedLoop(): Promise<void> {
    while (!this.#dead) {
      const due = this.#parked.filter((batch) => batch.notBeforeMs <= monotonicMs())
      if (due.length === 0) {
        if (this.#over && this.#openCount() === 0) return
        const next = Math.min(...this.#parked.map((batch) => batch.notBeforeMs - monotonicMs()))
        await this.#activity.wait(Number.isFinite(next) ? Math.max(next, 10) : this.#over ? 100 : null)
        continue
      }
      this.#waitOver()
      // Others may be on their way meanwhile; when none is, everything waits for this.
      if (this.#jobs.size + this.#posting.size === 0) this.#sayWaiting(LOOKING, SECOND_LOOK_MS)
      const verdicts = await this.#patiently(() =>
        resolveParked(
          due,
          this.#request.connection,
          () => this.#journal.knownJobs(),
          (ms) => this.#sleep(ms),
        ),
      )
      if (monotonicMs() >= this.#refusedUntilMs) this.#waitOver()
      if (verdicts === null || this.#dead) continue
      for (const { batch, verdict } of verdicts) {
        if (verdict.verdict === 'wait') continue
        reached('parked.judged')
        if (verdict.verdict === 'resend') await this.#free(batch)
        else await this.#submitted(batch, { end: 'job', jobId: verdict.jobId })
        // Only now: a batch is open until the journal says otherwise, or the other loops would end without it.
        this.#parked = this.#parked.filter((parked) => parked.batch !== batch.batch)
        this.#activity.notify()
      }
      this.#checkPatience()
    }
  }

  /** Runs a read; what may pass by itself is waited out, anything else ends the delivery. */
  async #patiently<T>(read: () => Promise<T>): Promise<T | null> {
    try {
      return await read()
    } catch (error) {
      const problem = asProblem(error)
      if (problem.retry !== 'later') throw problem
      this.#request.onEvent({ type: 'waiting', why: problem.message, untilMs: Date.now() + 5_000 })
      await this.#sleep(5_000)
      this.#request.onEvent({ type: 'waiting', why: null, untilMs: null })
      this.#checkPatience()
      return null
    }
  }

  /** A delay that the end of the delivery cuts short. */
  async #sleep(delayMs: number): Promise<void> {
    const untilMs = monotonicMs() + delayMs
    while (!this.#dead && monotonicMs() < untilMs) await this.#activity.wait(untilMs - monotonicMs())
  }

  #checkPatience(): void {
    if (monotonicMs() - this.#lastSettledAtMs < this.#request.patienceMs) return
    const minutes = Math.round(this.#request.patienceMs / 60_000)
    this.#die(
      new Problem('workflow.out_of_patience', {
        message: `Nothing was settled for ${minutes} minutes while ${this.#openCount()} batches are open.`,
        effect: 'unknown',
      }),
    )
  }

  #progress(always: boolean): void {
    const open = {
      jobsInFlight: this.#jobs.size + this.#posting.size,
      parked: this.#parked.length,
      typicalJobMs: this.#pollPace.typicalJobMs,
    }
    this.#meter.report(monotonicMs(), open, always)
  }
}
