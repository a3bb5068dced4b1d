import type { Json, Problem } from '../../problem.ts'
import { asProblem } from '../../problem.ts'
import type { BatchKind, PreparedWrite, Submission, WriteResult } from '../destination.ts'
import type { Api } from './api.ts'
import type { Clock } from './clock.ts'
import { jobIdOf } from './jobs.ts'
import { idText, object, textOf } from './json.ts'
import type { Me } from './people.ts'
import { whoAmI } from './people.ts'
import type { WriteAnswer } from './problems.ts'
import { bulkImportDisabled, classifyWrite, permissionDenied, readRefusal, unexpectedAnswer } from './problems.ts'
import { descriptions } from './results.ts'

/** The singular upsert: 1 request/s for the account: https://developer.zendesk.com/api-reference/ticketing/users/users/ */
const singularSpacingMs = 1_000

const bulk = {
  upsert: { method: 'POST', path: '/api/v2/users/create_or_update_many' },
  by_id: { method: 'PUT', path: '/api/v2/users/update_many' },
} as const

/** Sends batches of one account, each exactly once. See `Connection.submit`. */
export class Submitter {
  readonly #api: Api
  readonly #clock: Clock
  readonly #withoutBulkImport: 'stop' | 'one_by_one'
  readonly #signal: AbortSignal | undefined
  #bulkIsOff = false
  #asking: Promise<Me> | null = null
  #lane: Promise<void> = Promise.resolve()

  constructor(api: Api, clock: Clock, withoutBulkImport: 'stop' | 'one_by_one', signal: AbortSignal | undefined) {
    this.#api = api
    this.#clock = clock
    this.#withoutBulkImport = withoutBulkImport
    this.#signal = signal
  }

  /** Zendesk has refused bulk import and the destination allows one by one. */
  get isOneByOne(): boolean {
    return this.#bulkIsOff
  }

  /** Never throws and never sends anything twice. */
  async submit(kind: BatchKind, writes: readonly PreparedWrite[]): Promise<Submission> {
    try {
      if (writes.length === 0) return { end: 'settled', results: [] }
      if (kind === 'by_id') return await this.#submitBulk(kind, writes)
      if (kind === 'one_by_one' && writes.length === 1) return await this.#submitOne(writes[0]!)
      if (kind === 'one_by_one' || this.#bulkIsOff) return await this.#submitEach(writes)
      return await this.#submitBulk(kind, writes)
    } catch (error) {
      // Nothing above throws; if it does, nobody knows what was sent.
      return { end: 'ambiguous', delayMs: 0, why: asProblem(error).message }
    }
  }

  /** Concurrent denials share one look at who we are. */
  #me(): Promise<Me> {
    this.#asking ??= whoAmI(this.#api).finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  async #submitBulk(kind: 'upsert' | 'by_id', writes: readonly PreparedWrite[]): Promise<Submission> {
    const { method, path } = bulk[kind]
    const sent = await send(this.#api, method, path, bodyOf(writes), writes.length)
    if ('end' in sent) return sent
    switch (sent.verdict) {
      case 'accepted': {
        const jobId = jobIdOf(sent.json)
        if (jobId !== null) return { end: 'job', jobId }
        return { end: 'ambiguous', delayMs: 0, why: 'Zendesk accepted the users, but its answer names no job' }
      }
      case 'denied':
        return this.#denied(kind, sent.words)
      case 'invalid':
        return { end: 'stopped', problem: unexpectedAnswer('sending users', sent.words, 400) }
    }
  }

  /** A 403 although we may sign in and read means that bulk import is off; update_many carries no such note. */
  async #denied(kind: BatchKind, words: string): Promise<Submission> {
    let role: Me['role']
    try {
      role = (await this.#me()).role
    } catch (error) {
      return notSigned(error)
    }
    if (kind !== 'upsert') return { end: 'stopped', problem: permissionDenied('changing users', words) }
    if (this.#withoutBulkImport === 'stop') return { end: 'stopped', problem: await bulkDenied(this.#api, role, words) }
    this.#bulkIsOff = true
    return { end: 'refused', delayMs: 0, why: 'Zendesk allows no bulk import; users are sent one by one from now on' }
  }

  /** One singular upsert, at least a second after the answer to the one before: so they never meet at Zendesk in less. */
  async #submitOne(write: PreparedWrite): Promise<Submission> {
    const before = this.#lane
    let leave: () => void = () => {}
    this.#lane = new Promise((resolve) => {
      leave = resolve
    })
    await before
    try {
      if (this.#signal?.aborted) return { end: 'refused', delayMs: 0, why: 'we were told to stop' }
      return await this.#settleOne(write)
    } finally {
      void this.#clock.sleep(singularSpacingMs, this.#signal).then(leave)
    }
  }

  async #settleOne(write: PreparedWrite): Promise<Submission> {
    const sent = await send(this.#api, 'POST', '/api/v2/users/create_or_update', `{"user":${write.json}}`, 1)
    if ('end' in sent) return sent
    switch (sent.verdict) {
      case 'accepted': {
        const result = singularResult(sent.json, sent.status, write)
        if (result !== null) return { end: 'settled', results: [result] }
        return { end: 'ambiguous', delayMs: 0, why: 'Zendesk accepted the user, but its answer does not repeat it' }
      }
      case 'denied':
        return this.#deniedOne(sent.words)
      case 'invalid':
        return { end: 'settled', results: [{ status: 'failed', ...sent.row }] }
    }
  }

  /** An admin may change everybody but people shared from elsewhere, so that a 403 is about the row. */
  async #deniedOne(words: string): Promise<Submission> {
    try {
      const { role } = await this.#me()
      if (role === 'agent') return { end: 'stopped', problem: permissionDenied('changing users', words) }
    } catch (error) {
      return notSigned(error)
    }
    return { end: 'settled', results: [{ status: 'failed', code: 'zendesk.refused', reason: words }] }
  }

  /** A batch that was made before bulk import turned out to be off. */
  async #submitEach(writes: readonly PreparedWrite[]): Promise<Submission> {
    const results: WriteResult[] = []
    for (const write of writes) {
      const end = await this.#submitOne(write)
      if (end.end === 'settled') results.push(...end.results)
      else if (results.length === 0 && end.end !== 'rejected_rows') return end
      else results.push(end.end === 'rejected_rows' ? rejectedResult(end.rows[0]!.reason) : { status: 'unknown' })
      if (end.end === 'stopped' || this.#signal?.aborted) break
    }
    while (results.length < writes.length) results.push({ status: 'unknown' })
    return { end: 'settled', results }
  }
}

/**
 * A 403 to the bulk upsert of somebody who may sign in and read: bulk import is off, or an agent lacks the right to manage users. The
 * endpoint for known users is then asked about nobody, which changes nothing, and its 403 can only be about the right.
 */
async function bulkDenied(api: Api, role: Me['role'], words: string): Promise<Problem> {
  if (role === 'admin') return bulkImportDisabled(words, role)
  const { method, path } = bulk.by_id
  const sent = await send(api, method, path, '{"users":[]}', 0)
  const lacksRight = 'verdict' in sent && sent.verdict === 'denied'
  return lacksRight ? permissionDenied('changing users', words) : bulkImportDisabled(words, role)
}

function bodyOf(writes: readonly PreparedWrite[]): string {
  let body = '{"users":['
  for (let index = 0; index < writes.length; index++) {
    if (index > 0) body += ','
    body += writes[index]!.json
  }
  return `${body}]}`
}

function rejectedResult(reason: string): WriteResult {
  return { status: 'failed', code: 'zendesk.rejected_attribute', reason }
}

interface RowRefusal {
  code: 'zendesk.refused' | 'zendesk.duplicate_value' | 'zendesk.rejected_attribute'
  reason: string
}

type Sent =
  | Submission
  | (Extract<WriteAnswer, { verdict: 'accepted' }> & { status: number })
  | Extract<WriteAnswer, { verdict: 'denied' }>
  | (Extract<WriteAnswer, { verdict: 'invalid' }> & { row: RowRefusal })

/** Sends once and judges what is alike for all writes; the rest depends on the kind of batch. */
async function send(api: Api, method: 'POST' | 'PUT', path: string, body: string, rows: number): Promise<Sent> {
  const sent = await api.write(method, path, body)
  if (sent.end === 'problem') return notSigned(sent.problem)
  if (sent.end === 'not_sent') return { end: 'refused', delayMs: connectDelayMs, why: sent.why }
  if (sent.end === 'lost') return { end: 'ambiguous', delayMs: 0, why: sent.why }
  const { answer } = sent
  const judged = classifyWrite(answer, sent.waitMs, rows, api.origin)
  switch (judged.verdict) {
    case 'accepted':
      return { ...judged, status: answer.status }
    case 'denied':
      return judged
    case 'invalid':
      return { ...judged, row: rowRefusal(judged.words, readRefusal(answer).json) }
    case 'refused':
      return { end: 'refused', delayMs: judged.delayMs, why: judged.why }
    case 'ambiguous':
      return { end: 'ambiguous', delayMs: judged.delayMs, why: judged.why }
    case 'rejected_rows':
      return { end: 'rejected_rows', rows: judged.rows }
    case 'stopped':
      return { end: 'stopped', problem: judged.problem }
    case 'unauthorised':
      try {
        await api.renew(sent.authorization, judged.words)
        return { end: 'refused', delayMs: 0, why: 'the OAuth token has been renewed' }
      } catch (error) {
        return notSigned(error)
      }
  }
}

/** A host that refuses connections is given a moment. */
const connectDelayMs = 1_000

/** Nothing was sent, because there is no credential to sign it with: for now, or until somebody acts. */
function notSigned(error: unknown): Submission {
  const problem = asProblem(error)
  if (problem.retry === 'later') return { end: 'refused', delayMs: connectDelayMs, why: problem.message }
  if (problem.code === 'workflow.stopped') return { end: 'refused', delayMs: 0, why: problem.message }
  return { end: 'stopped', problem }
}

/** Words and code of a 400 or 422 to the singular upsert. */
function rowRefusal(words: string, json: Json | undefined): RowRefusal {
  const details = object(json)?.details
  const reason = (details === undefined ? '' : descriptions(details)) || words
  if (JSON.stringify(details ?? null).includes('"error":"DuplicateValue"'))
    return { code: 'zendesk.duplicate_value', reason }
  // The type checks of Zendesk use the envelope with title and message.
  const typed = object(object(json)?.error) !== undefined
  return { code: typed ? 'zendesk.rejected_attribute' : 'zendesk.refused', reason }
}

/** The whole user comes back; it must be the one that was sent. */
function singularResult(json: Json | undefined, status: number, write: PreparedWrite): WriteResult | null {
  const user = object(object(json)?.user)
  const zendeskId = idText(user?.id)
  if (user === undefined || zendeskId === null) return null
  const sent = write.write
  const externalId = textOf(user.external_id)?.toLowerCase()
  if (sent.externalId !== null && externalId !== sent.externalId.toLowerCase()) return { status: 'unknown' }
  return { status: status === 201 ? 'created' : 'updated', zendeskId }
}
