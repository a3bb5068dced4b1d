import type { Json } from '../../problem.ts'
import { asProblem, Problem } from '../../problem.ts'
import type { WaitNotice } from '../destination.ts'
import type { Authorisation } from './auth.ts'
import { authorise } from './auth.ts'
import { type Clock, openAccountClock } from './clock.ts'
import type { Exchange, HttpAnswer, HttpClient, HttpRequest } from './http.ts'
import { object, parseJson } from './json.ts'
import type { Limiter } from './limits.ts'
import { retryAfterMs } from './limits.ts'
import { answerProblem, readRefusal, serverProblem, unexpectedAnswer, unreachable } from './problems.ts'
import type { ZendeskCredential } from './settings.ts'
import type { Shape } from './shapes.ts'
import { accessToken } from './shapes.ts'

/** Signed, limited requests to one account. Reads are repeated where that can help; writes never. */
export interface Api {
  origin: string
  /** Reads a JSON object of this shape. `asked` names the request in problems ("reading user fields"). Throws Problem. */
  get(path: string, asked: string, shape?: Shape): Promise<Record<string, Json>>
  /** Like `get`, but null when there is no such thing (404 of the API) or when Zendesk calls the request invalid (400). */
  find(path: string, asked: string, shape?: Shape): Promise<Record<string, Json> | null>
  /** Reads without a credential: which kind of host is this? */
  probe(path: string, asked: string): Promise<Record<string, Json>>
  /** Sends exactly once. Never throws. */
  write(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: string): Promise<WriteEnd>
  /** After a 401 to a write: gets a new token, or throws why there is none. */
  renew(authorization: string, words: string): Promise<void>
  /** See `Connection.accountNowMs`. */
  accountNowMs(): number
}

/** How a write ended; `problem` says that it could not even be signed. */
export type WriteEnd =
  | { end: 'answer'; answer: HttpAnswer; waitMs: number | null; authorization: string }
  | { end: 'not_sent'; why: string; code: string }
  | { end: 'lost'; why: string; code: string }
  | { end: 'problem'; problem: Problem }

export interface ApiParts {
  origin: string
  http: HttpClient
  limiter: Limiter
  clock: Clock
  credential: ZendeskCredential
  signal?: AbortSignal | undefined
  onWait: (notice: WaitNotice | null) => void
  /** First pause before a repetition; doubles each time. */
  retryBaseMs: number
}

/** `body` is there exactly when the answer is a 2xx. */
interface Readable {
  answer: HttpAnswer
  body: Record<string, Json> | undefined
}

/** A connection that was never made will not be made much later; a lost answer may come the fifth time. */
const maxAttempts = { not_sent: 3, lost: 5 }
/** Polite refusals (429, 503 with Retry-After) are waited out this often before we give up. */
const maxPauses = 20
const rateDelayMs = 10_000

export function openApi(parts: ApiParts): Api {
  return new SignedApi(parts)
}

class SignedApi implements Api {
  readonly origin: string
  readonly #parts: ApiParts
  readonly #auth: Authorisation
  readonly #accountClock = openAccountClock()
  readonly accountNowMs = this.#accountClock.now

  constructor(parts: ApiParts) {
    this.origin = parts.origin
    this.#parts = parts
    this.#auth = authorise(parts.credential, (body) => this.#askForToken(body), parts.clock)
  }

  async get(path: string, asked: string, shape?: Shape): Promise<Record<string, Json>> {
    return this.#objectOf(await this.#read(path, asked, this.#auth, shape), asked)
  }

  async find(path: string, asked: string, shape?: Shape): Promise<Record<string, Json> | null> {
    const end = await this.#read(path, asked, this.#auth, shape)
    if (end.answer.status === 400) return null
    if (end.answer.status === 404 && readRefusal(end.answer).isApi) return null
    return this.#objectOf(end, asked)
  }

  async probe(path: string, asked: string): Promise<Record<string, Json>> {
    return this.#objectOf(await this.#read(path, asked, null), asked)
  }

  async write(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: string): Promise<WriteEnd> {
    let authorization: string
    try {
      authorization = await this.#auth.header()
    } catch (error) {
      return { end: 'problem', problem: asProblem(error) }
    }
    const { exchange, waitMs } = await this.#once({
      method,
      path,
      ...(body === undefined ? {} : { body }),
      authorization,
    })
    if (exchange.end !== 'answer') return exchange
    if (exchange.answer.status < 400) this.#auth.accepted(authorization)
    return { end: 'answer', answer: exchange.answer, waitMs, authorization }
  }

  renew(authorization: string, words: string): Promise<void> {
    return this.#auth.refused(authorization, words)
  }

  /** One exchange through the limiter; a request to wait is passed on to everybody. */
  async #once(request: HttpRequest): Promise<{ exchange: Exchange; waitMs: number | null }> {
    const { http, limiter, signal, credential, onWait } = this.#parts
    if (!(await limiter.start(signal, onWait))) {
      return { exchange: { end: 'not_sent', why: 'we were told to stop', code: 'ABORTED' }, waitMs: null }
    }
    const exchange = withoutSecrets(await http.exchange(request, signal), credential, request.authorization)
    limiter.done(exchange.end === 'answer' ? exchange.answer.headers : null)
    if (exchange.end === 'answer') this.#accountClock.heard(exchange.answer.headers.get('date'))
    if (exchange.end !== 'answer' || exchange.answer.status < 400) return { exchange, waitMs: null }
    const { status, headers } = exchange.answer
    const waitMs = retryAfterMs(headers, this.accountNowMs())
    if (status === 429 && readRefusal(exchange.answer).code !== 'TooManyJobs') limiter.pause(waitMs ?? rateDelayMs)
    if (status === 503 && waitMs !== null) limiter.pause(waitMs)
    return { exchange, waitMs }
  }

  async #backOff(attempt: number, why: string): Promise<void> {
    const { retryBaseMs, onWait, clock, signal } = this.#parts
    const delayMs = retryBaseMs * 2 ** attempt * (0.5 + Math.random() / 2)
    const announced = delayMs >= 1_000
    if (announced) onWait({ why: `${this.origin}: ${why}; we try again`, untilMs: Date.now() + delayMs })
    await clock.sleep(delayMs, signal)
    if (announced) onWait(null)
  }

  /** Repeats what is safe to repeat; `sign` null sends without a credential. Ends with a readable answer. Throws Problem. */
  async #repeat(
    request: HttpRequest,
    asked: string,
    sign: Authorisation | null,
    shape: Shape = () => true,
  ): Promise<Readable> {
    let pauses = 0
    for (let attempt = 0; ; ) {
      const header = await sign?.header()
      const { exchange, waitMs } = await this.#once(
        header === undefined ? request : { ...request, authorization: header },
      )
      if (this.#parts.signal?.aborted) throw stopped(asked)
      if (exchange.end !== 'answer') {
        if (++attempt >= maxAttempts[exchange.end]) throw unreachable(this.origin, exchange.why, exchange.code)
        await this.#backOff(attempt - 1, exchange.why)
        continue
      }
      const { answer } = exchange
      if (answer.status === 401 && sign !== null && header !== undefined) {
        await sign.refused(header, readRefusal(answer).words)
        continue
      }
      if (header !== undefined && answer.status < 400) sign?.accepted(header)
      if (answer.status === 429 || (answer.status === 503 && waitMs !== null)) {
        if (++pauses > maxPauses) throw serverProblem(this.origin, answer.status, asked)
        continue
      }
      const transient = answer.status >= 500 || answer.status === 408 || answer.status === 409
      const json = answer.status < 300 && answer.complete ? object(parseJson(answer.text)) : undefined
      const body = json !== undefined && shape(json) ? json : undefined
      if (!transient && (body !== undefined || answer.status >= 300)) return { answer, body }
      if (++attempt >= maxAttempts.lost) {
        if (answer.status < 300) throw unexpectedAnswer(asked, unreadableBecause(answer, json), answer.status)
        throw serverProblem(this.origin, answer.status, asked)
      }
      await this.#backOff(attempt - 1, transient ? `HTTP ${answer.status}` : 'the answer is unreadable')
    }
  }

  async #askForToken(body: string): Promise<HttpAnswer> {
    const asked = 'asking for an OAuth token'
    const { answer } = await this.#repeat({ method: 'POST', path: '/oauth/tokens', body }, asked, null, accessToken)
    // Refusals of the client are judged by the grant; what concerns the host is the same for all requests.
    if (answer.status >= 300 && ![400, 401, 403].includes(answer.status)) {
      throw answerProblem(answer, asked, this.origin)!
    }
    return answer
  }

  #read(path: string, asked: string, sign: Authorisation | null, shape?: Shape): Promise<Readable> {
    return this.#repeat({ method: 'GET', path }, asked, sign, shape)
  }

  #objectOf({ answer, body }: Readable, asked: string): Record<string, Json> {
    if (body !== undefined) return body
    throw answerProblem(answer, asked, this.origin) ?? serverProblem(this.origin, answer.status, asked)
  }
}

function unreadableBecause({ complete }: HttpAnswer, json: Record<string, Json> | undefined): string {
  if (!complete) return 'the answer breaks off'
  return json === undefined ? 'the body is no JSON object' : 'the body is not what such an answer holds'
}

/** Shorter texts are no secrets, and would spoil the words of an answer. */
const minSecretLength = 8

/** A server, or a proxy before it, may repeat what it was sent; of what identifies us nothing may reach a message or the ledger. */
function withoutSecrets(exchange: Exchange, credential: ZendeskCredential, authorization = ''): Exchange {
  if (exchange.end !== 'answer' || exchange.answer.status < 300) return exchange
  const secret = credential.type === 'zendesk' ? credential.api_token : credential.client_secret
  let { text } = exchange.answer
  for (const told of [authorization.split(' ')[1] ?? '', secret.reveal()]) {
    if (told.length >= minSecretLength) text = text.replaceAll(told, '[secret]')
  }
  return { end: 'answer', answer: { ...exchange.answer, text } }
}

function stopped(asked: string): Problem {
  return new Problem('workflow.stopped', { message: `Stopped when ${asked}.` })
}
