import type { Json } from '../../problem.ts'
import { asProblem } from '../../problem.ts'
import type { Submission, WriteResult } from '../destination.ts'
import type { Api } from './api.ts'
import { object } from './json.ts'
import type { Me } from './people.ts'
import type { WriteAnswer } from './problems.ts'
import { classifyWrite, permissionDenied, readRefusal, unexpectedAnswer } from './problems.ts'
import { descriptions } from './results.ts'

/** One request that writes: sent exactly once, and what its end means for every kind of write alike. */

export type WriteMethod = 'POST' | 'PUT' | 'DELETE'

/** Why Zendesk refuses what was sent for one row. */
export interface RowRefusal {
  code: 'zendesk.refused' | 'zendesk.duplicate_value' | 'zendesk.rejected_attribute'
  reason: string
}

/** A Submission, or an answer whose meaning depends on what was asked. */
export type Sent =
  | Submission
  | (Extract<WriteAnswer, { verdict: 'accepted' }> & { status: number })
  | Extract<WriteAnswer, { verdict: 'denied' }>
  | (Extract<WriteAnswer, { verdict: 'invalid' }> & { row: RowRefusal })
  /** The API has no such record (any more). */
  | { verdict: 'missing'; words: string }

/** Sends once and judges what is alike for all writes; `rows` is the number of users in the body. Never throws. */
export async function send(
  api: Api,
  method: WriteMethod,
  path: string,
  body: string | undefined,
  rows: number,
): Promise<Sent> {
  const sent = await api.write(method, path, body)
  if (sent.end === 'problem') return notSigned(sent.problem)
  if (sent.end === 'not_sent') return { end: 'refused', delayMs: connectDelayMs, why: sent.why }
  if (sent.end === 'lost') return { end: 'ambiguous', delayMs: 0, why: sent.why }
  const { answer } = sent
  if (answer.status === 404) {
    const refusal = readRefusal(answer)
    if (refusal.code === 'RecordNotFound') return { verdict: 'missing', words: refusal.words }
  }
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

/**
 * Nothing was sent, because there is no credential to sign it with, or because what must be read before cannot be read: for now, or
 * until somebody acts.
 */
export function notSigned(error: unknown): Submission {
  const problem = asProblem(error)
  if (problem.retry === 'later') return { end: 'refused', delayMs: connectDelayMs, why: problem.message }
  if (problem.code === 'workflow.stopped') return { end: 'refused', delayMs: 0, why: problem.message }
  return { end: 'stopped', problem }
}

/** Words and code of a 400 or 422 about one row. */
function rowRefusal(words: string, json: Json | undefined): RowRefusal {
  const details = object(json)?.details
  const reason = (details === undefined ? '' : descriptions(details)) || words
  if (JSON.stringify(details ?? null).includes('"error":"DuplicateValue"'))
    return { code: 'zendesk.duplicate_value', reason }
  // The type checks of Zendesk use the envelope with title and message.
  const typed = object(object(json)?.error) !== undefined
  return { code: typed ? 'zendesk.rejected_attribute' : 'zendesk.refused', reason }
}

/** One write that has its word at once. */
export function settledAs(result: WriteResult): Submission {
  return { end: 'settled', results: [result] }
}

export function refusedRow(reason: string): WriteResult {
  return { status: 'failed', code: 'zendesk.refused', reason }
}

/** An answer that no request of this kind gets. */
export function unexpected(asked: string, words: string, status: number): Submission {
  return { end: 'stopped', problem: unexpectedAnswer(asked, words, status) }
}

/**
 * The end of a request about one row that was not accepted. A 403 of an admin is about the row (people shared from elsewhere, the
 * account's owner); one of an agent may be about the right, and stops. `me` asks who we are.
 */
export async function endOfRow(
  sent: Exclude<Sent, { verdict: 'accepted' }>,
  me: () => Promise<Me>,
): Promise<Submission> {
  if ('end' in sent) return sent.end === 'rejected_rows' ? settledAs(rejectedResult(sent.rows[0]!.reason)) : sent
  switch (sent.verdict) {
    case 'missing':
      return settledAs(refusedRow(sent.words))
    case 'invalid':
      return settledAs({ status: 'failed', ...sent.row })
    case 'denied':
      try {
        const { role } = await me()
        if (role === 'agent') return { end: 'stopped', problem: permissionDenied('changing users', sent.words) }
      } catch (error) {
        return notSigned(error)
      }
      return settledAs(refusedRow(sent.words))
  }
}

export function rejectedResult(reason: string): WriteResult {
  return { status: 'failed', code: 'zendesk.rejected_attribute', reason }
}
