import type { Json } from '../../problem.ts'
import { Problem } from '../../problem.ts'
import type { HttpAnswer } from './http.ts'
import { object, objects, parseJson, textOf } from './json.ts'

/**
 * What an answer of Zendesk means. Codes and shapes decide, never sentences: those come in the language of the credential's owner.
 */

/** The five error envelopes of Zendesk, read into one. */
export interface Refusal {
  /** `error` or the first `errors[].code`, when it is a code; null for envelopes that only have words. */
  code: string | null
  /** Zendesk's words, bounded and on one line. */
  words: string
  /** False for text and HTML: such a body comes from the edge, from a limiter, or from a host that is no Zendesk account. */
  isApi: boolean
  json: Json | undefined
}

const maxWords = 500

/** One line of at most 500 characters, without control characters. */
export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return line.length <= maxWords
    ? line
    : `${line
        .slice(0, maxWords - 1)
        .toWellFormed()
        .replace(/\uFFFD$/, '')}…`
}

/** Reads an error answer. */
export function readRefusal(answer: HttpAnswer): Refusal {
  const json = parseJson(answer.text)
  const body = object(json)
  if (body === undefined) {
    const html = /^\s*</.test(answer.text)
    return {
      code: null,
      words: html ? `HTTP ${answer.status}` : oneLine(answer.text) || `HTTP ${answer.status}`,
      isApi: false,
      json,
    }
  }
  const isApi = 'error' in body || 'errors' in body
  const nested = object(body.error)
  if (nested !== undefined) return { code: null, words: wordsOf(nested.title, nested.message), isApi, json }
  const [first] = objects(body.errors)
  if (first !== undefined) return { code: textOf(first.code), words: wordsOf(first.title, first.detail), isApi, json }
  const error = textOf(body.error)
  const code = error !== null && /^\w+$/.test(error) ? error : null
  return { code, words: wordsOf(body.error, body.description ?? body.error_description), isApi, json }
}

/** Zendesk's words as the end of a sentence of ours. */
function ended(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`
}

function wordsOf(...parts: unknown[]): string {
  return oneLine(parts.filter((part) => typeof part === 'string' && part !== '').join(': '))
}

const retryLater = 'Run the same command to continue.'

/**
 * The problem that an answer makes for every kind of request, or null when it depends on the request (403) or is to be repeated.
 * `asked` names the request for the message: `reading user fields`.
 */
export function answerProblem(answer: HttpAnswer, asked: string, origin: string): Problem | null {
  const { status } = answer
  const data = { status }
  if (status >= 300 && status < 400) {
    return new Problem('zendesk.redirected', {
      message: `${origin} redirects to another address (HTTP ${status}) when ${asked}.`,
      data,
    })
  }
  const refusal = readRefusal(answer)
  if (status === 404 && !refusal.isApi) {
    return new Problem('zendesk.unknown_subdomain', { message: `There is no Zendesk account at ${origin}.`, data })
  }
  if (status === 401) return credentialsRejected(refusal.words)
  if (status === 403) return permissionDenied(asked, refusal.words)
  if (status >= 400 && status < 500) return unexpectedAnswer(asked, refusal.words, status)
  return null
}

export function credentialsRejected(words: string): Problem {
  return new Problem('zendesk.credentials_rejected', {
    message: `Zendesk rejects the credential: ${ended(words || 'HTTP 401')}`,
    data: { status: 401 },
  })
}

export function tokenExpired(words: string): Problem {
  return new Problem('zendesk.token_expired', {
    message: `Zendesk rejects the OAuth token again after a renewal: ${ended(words || 'HTTP 401')}`,
    data: { status: 401 },
  })
}

export function permissionDenied(asked: string, words: string): Problem {
  return new Problem('zendesk.permission_denied', {
    message: `Zendesk does not allow ${asked} with this credential: ${ended(words || 'HTTP 403')}`,
    data: { status: 403 },
  })
}

/** `role` is that of the credential: an agent may also simply lack the right. */
export function bulkImportDisabled(words: string, role: 'agent' | 'admin'): Problem {
  const agent =
    'Ask Zendesk Customer Support to enable bulk user import for the account, or set `without_bulk_import: one_by_one`, and check that ' +
    'the agent who owns the credential may manage end users; then run the same command.'
  return new Problem('zendesk.bulk_import_disabled', {
    message: `Zendesk refuses bulk user import for this account: ${ended(words || 'HTTP 403')}`,
    data: { status: 403 },
    ...(role === 'agent' ? { fix: agent } : {}),
  })
}

export function anonymous(): Problem {
  return new Problem('zendesk.anonymous', {
    message: 'Zendesk does not know who we are: it answers as if no credential had been sent.',
  })
}

export function notAnAgent(role: string): Problem {
  return new Problem('zendesk.not_an_agent', {
    message: `The credential belongs to a user with the role ${oneLine(role) || 'none'}, who may not manage users.`,
  })
}

export function unexpectedAnswer(asked: string, words: string, status: number): Problem {
  return new Problem('zendesk.unexpected_answer', {
    message: `Zendesk gave an unexpected answer (HTTP ${status}) when ${asked}: ${ended(words)}`,
    data: { status },
  })
}

export function unreachable(origin: string, why: string, code: string): Problem {
  return new Problem('zendesk.unreachable', {
    message: `${origin} cannot be reached: ${why}.`,
    data: { network: code },
  })
}

/** For server errors that outlast every repetition. */
export function serverProblem(origin: string, status: number, asked: string): Problem {
  return status === 503
    ? new Problem('zendesk.maintenance', {
        message: `${origin} is not available (HTTP 503) when ${asked}.`,
        data: { status },
      })
    : new Problem('zendesk.unreachable', {
        message: `${origin} keeps failing (HTTP ${status}) when ${asked}.`,
        fix: `Look at status.zendesk.com. ${retryLater}`,
        data: { status },
      })
}

/** How the answer to a write is to be taken; `denied` needs a look at who we are. */
export type WriteAnswer =
  | { verdict: 'accepted'; json: Json | undefined }
  | { verdict: 'refused'; why: string; delayMs: number }
  | { verdict: 'rejected_rows'; rows: { index: number; reason: string }[] }
  | { verdict: 'ambiguous'; why: string; delayMs: number }
  | { verdict: 'unauthorised'; words: string }
  | { verdict: 'denied'; words: string }
  | { verdict: 'invalid'; words: string }
  | { verdict: 'stopped'; problem: Problem }

/** Jobs of 100 rows take 7 to 12 s; a slot comes free sooner than that. */
const jobSlotDelayMs = 3_000
const rateDelayMs = 10_000
const collisionDelayMs = 1_000

/** A row named by a type check: `users.17.phone`. */
const namedRow = /\busers\.(\d{1,3})\.([A-Za-z_][\w.]*)/

/**
 * Classifies the answer to a POST or PUT. Only a 4xx (but 408) proves that nothing was taken; `waitMs` is its Retry-After.
 */
export function classifyWrite(answer: HttpAnswer, waitMs: number | null, rows: number, origin: string): WriteAnswer {
  const { status } = answer
  if (status >= 200 && status < 300) {
    const json = answer.complete ? parseJson(answer.text) : undefined
    if (object(json)?.error === 'TooManyJobs') return tooManyJobs(waitMs)
    return { verdict: 'accepted', json }
  }
  const refusal = readRefusal(answer)
  if (refusal.code === 'TooManyJobs') return tooManyJobs(waitMs)
  if (status >= 500 || status === 408 || status < 200) {
    return { verdict: 'ambiguous', why: `Zendesk answered HTTP ${status}`, delayMs: waitMs ?? 0 }
  }
  if (status === 429) {
    return { verdict: 'refused', why: 'Zendesk limits our requests', delayMs: waitMs ?? rateDelayMs }
  }
  if (status === 409) {
    return { verdict: 'refused', why: 'Zendesk is changing the same people', delayMs: waitMs ?? collisionDelayMs }
  }
  if (status === 401) return { verdict: 'unauthorised', words: refusal.words }
  if (status === 403) return { verdict: 'denied', words: refusal.words }
  if (status === 400) {
    const row = namedRow.exec(answer.text)
    if (row !== null && Number(row[1]) < rows) {
      return { verdict: 'rejected_rows', rows: [{ index: Number(row[1]), reason: refusal.words }] }
    }
  }
  if (status === 422 || status === 400) return { verdict: 'invalid', words: refusal.words }
  const problem =
    answerProblem(answer, 'sending users', origin) ?? unexpectedAnswer('sending users', refusal.words, status)
  return { verdict: 'stopped', problem }
}

function tooManyJobs(waitMs: number | null): WriteAnswer {
  const why = 'Zendesk has too many jobs queued or running'
  return { verdict: 'refused', why, delayMs: waitMs ?? jobSlotDelayMs }
}
