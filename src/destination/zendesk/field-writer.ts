import { Problem } from '../../problem.ts'
import type { Api, WriteEnd } from './api.ts'
import type { Clock } from './clock.ts'
import { object, parseJson } from './json.ts'
import {
  answerProblem,
  classifyWrite,
  oneLine,
  permissionDenied,
  readRefusal,
  serverProblem,
  unexpectedAnswer,
  unreachable,
} from './problems.ts'
import { descriptions } from './results.ts'

/** One write of a definition. */
export interface FieldWrite {
  /** Names it in problems: `creating the user field tier`. */
  asked: string
  method: 'POST' | 'PUT' | 'DELETE'
  path: string
  /** JSON text, made right before each sending. */
  body?: () => Promise<string>
  /** Asks the account whether what the write is for is there already. */
  holds: () => Promise<boolean>
}

/** What one sending came to, when it may not be the last. `notSent`: surely no byte left us. */
type Attempt =
  | { end: 'done' }
  | { end: 'again'; delayMs: number; notSent: { why: string; code: string } | null; status: number }
  | { end: 'unsure'; delayMs: number; problem: Problem }
  | { end: 'refused'; problem: Problem }

const maxSendings = 4
/** Polite refusals (429, 409) are waited out this often before we give up, as for reads. */
const maxPauses = 20
const connectDelayMs = 1_000
const collisionDelayMs = 1_000
/** A request whose answer was lost may still be at work. */
const settleMs = 2_000

/**
 * Writes definitions so that no answer that is lost doubles anything: whatever is in doubt, the account is asked before it is sent again.
 */
export class FieldWriter {
  readonly #api: Api
  readonly #clock: Clock
  readonly #signal: AbortSignal | undefined
  /** The last write may have taken effect although nobody said so. */
  isUnsure = false

  constructor(api: Api, clock: Clock, signal: AbortSignal | undefined) {
    this.#api = api
    this.#clock = clock
    this.#signal = signal
  }

  /** Ends when the write has taken effect, whoever brought that about. Throws Problem. */
  async write(write: FieldWrite): Promise<void> {
    this.isUnsure = false
    let sendings = 0
    let pauses = 0
    for (;;) {
      const attempt = await this.#send(write)
      if (attempt.end === 'done') {
        this.isUnsure = false
        return
      }
      if (attempt.end === 'refused') {
        // Refused, because it is there: our own lost write, or somebody else was faster.
        if (await write.holds()) return
        throw attempt.problem
      }
      await this.#clock.sleep(attempt.delayMs, this.#signal)
      if (attempt.end === 'unsure') {
        this.isUnsure = true
        if (await write.holds()) return
        if (++sendings >= maxSendings) throw attempt.problem
      } else if (attempt.notSent !== null) {
        if (++sendings >= maxSendings) throw unreachable(this.#api.origin, attempt.notSent.why, attempt.notSent.code)
      } else if (++pauses > maxPauses) throw serverProblem(this.#api.origin, attempt.status, write.asked)
    }
  }

  async #send(write: FieldWrite): Promise<Attempt> {
    const { method, path, asked } = write
    const sent = await this.#api.write(method, path, await write.body?.())
    if (this.#signal?.aborted) throw new Problem('workflow.stopped', { message: `Stopped when ${asked}.` })
    switch (sent.end) {
      case 'problem':
        throw sent.problem
      case 'not_sent':
        return { end: 'again', delayMs: connectDelayMs, notSent: sent, status: 0 }
      case 'lost':
        return { end: 'unsure', delayMs: settleMs, problem: unreachable(this.#api.origin, sent.why, sent.code) }
      case 'answer':
        return await this.#judge(write, sent)
    }
  }

  async #judge({ method, asked }: FieldWrite, sent: Extract<WriteEnd, { end: 'answer' }>): Promise<Attempt> {
    const { answer, waitMs } = sent
    const { origin } = this.#api
    const { status } = answer
    const judged = classifyWrite(answer, waitMs, 0, origin)
    switch (judged.verdict) {
      case 'accepted':
        if (method === 'DELETE' ? status === 204 : object(judged.json) !== undefined) return { end: 'done' }
        return {
          end: 'unsure',
          delayMs: 0,
          problem: unexpectedAnswer(asked, 'the body is no JSON object', status),
        }
      case 'refused':
        // For a 429 the limiter waits before the next request, and says so.
        return { end: 'again', delayMs: status === 429 ? 0 : collisionDelayMs, notSent: null, status }
      case 'ambiguous':
        return {
          end: 'unsure',
          delayMs: Math.max(judged.delayMs, settleMs),
          problem: serverProblem(origin, status, asked),
        }
      case 'unauthorised':
        await this.#api.renew(sent.authorization, judged.words)
        return { end: 'again', delayMs: 0, notSent: null, status }
      case 'denied':
        throw new Problem('zendesk.permission_denied', {
          message: permissionDenied(asked, judged.words).message,
          fix: 'Use the credential of an admin, or give its owner the right to manage user fields in Zendesk; then run the same command.',
          data: { status },
        })
      case 'invalid':
      case 'rejected_rows':
      case 'stopped':
        if (status === 400 || status === 422)
          return { end: 'refused', problem: refused(asked, answer.text, readRefusal(answer).words) }
        return {
          end: 'refused',
          problem: answerProblem(answer, asked, origin) ?? unexpectedAnswer(asked, readRefusal(answer).words, status),
        }
    }
  }
}

/** Zendesk's words on a definition that it does not take. */
function refused(asked: string, text: string, words: string): Problem {
  const details = object(parseJson(text))?.details
  const said = oneLine((details === undefined ? '' : descriptions(details)) || words)
  return new Problem('zendesk.field_refused', {
    message: `Zendesk refuses ${asked}: ${/[.!?]$/.test(said) ? said : `${said}.`}`,
  })
}
