import { type Json, problems } from '../../problem.ts'

/**
 * What leaves the machine in a notification holds no people's data. Counts, keys and names of definitions are safe by what they are; the
 * message of a problem is free text, and passes here first.
 */

const mask = '[…]'

/** One line without control characters, of at most `limit` characters. */
export function oneLine(text: string, limit: number): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return line.length <= limit ? line : `${line.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** Hides every word with an at sign, also a percent-encoded one. */
export function maskEmails(text: string): string {
  return text.replace(/(?<![^\s@＠])[^\s@＠]*(?:@|＠|%40)\S*/giu, '[e-mail]')
}

/** Hides what may be a phone number or the id of a person: seven digits or more. Thousands with commas and dates stay. */
function maskLongNumbers(text: string): string {
  return text.replace(/(?<![\p{L}\d.,])\+?\(?\d(?:[ ()./-]{0,2}\d){6,}/gu, (found) =>
    /^\d{4}-\d{2}-\d{2}$/.test(found) ? found : '[number]',
  )
}

/** Always marks of quotation; an apostrophe is one unless it stands inside a word or right after it. */
const opener = /["`“”„‟«»‹›]|(?<![\p{L}\p{N}])['‘’‚‛´]/u
const closer = /["`“”„‟«»‹›'‘’‚‛´](?![\p{L}\p{N}])/gu

/**
 * Hides everything from the first mark that opens a quotation to the last that may close one, or to the end. A value may hold marks itself, so
 * what stands between two quotations cannot be told from the inside of one.
 */
function maskQuoted(text: string): string {
  const start = text.search(opener)
  if (start < 0) return text
  const rest = text.slice(start + 1)
  const last = [...rest.matchAll(closer)].at(-1)
  if (last === undefined) return `${text.slice(0, start)}${mask}`
  const tail = rest.slice(last.index + last[0].length)
  return `${text.slice(0, start)}${mask}${maskQuoted(tail)}`
}

/** No message of ours is longer. One that is holds something else, and a cut could take the end of a quotation away. */
const longestMessage = 5000

/** One line in which e-mail addresses, long numbers and everything in quotation marks are hidden. */
export function masked(text: string): string {
  if (text.length > longestMessage) return mask
  return oneLine(maskQuoted(maskLongNumbers(maskEmails(oneLine(text, longestMessage)))), 400)
}

/** Their messages repeat words of an engine, a file or a host, which may hold a value without any marks around it. */
const repeatsOthers: ReadonlySet<string> = new Set([
  'query.failed',
  'source.unreadable',
  'source.refused',
  'source.unreachable',
  'zendesk.unexpected_answer',
  'zendesk.field_refused',
  'internal.bug',
])

/** The texts of a problem without anybody's data; null where nothing can be told. */
export function maskedProblem(problem: { code: string; message: unknown; fix: unknown }): {
  message: string | null
  fix: string
} {
  const { code, message, fix } = problem
  const known = Object.hasOwn(problems, code) ? problems[code as keyof typeof problems] : null
  const isTold = typeof message === 'string' && known !== null && !repeatsOthers.has(code)
  return {
    message: isTold ? masked(message) : null,
    // Sentences of the table are ours; one that replaces them was written where the problem was met.
    fix: fix === known?.fix ? (known?.fix ?? '') : masked(typeof fix === 'string' ? fix : ''),
  }
}

/** A problem in lines that may leave the machine: code and message, and what to do. */
export function problemLines(problem: { [key: string]: Json } | null): string[] {
  if (problem === null) return []
  const code = codeOf(problem)
  const { message, fix } = maskedProblem({ code, message: problem.message, fix: problem.fix })
  const told = message ?? 'the message is not told here, because it may quote data.'
  return [`Problem ${code}: ${told}`, ...(fix ? [`What to do: ${fix}`] : [])]
}

/** The code of a stored problem; `unknown` when that is none. */
export function codeOf(problem: { [key: string]: Json }): string {
  return typeof problem.code === 'string' && /^[a-z_]{1,40}\.[a-z_]{1,40}$/.test(problem.code)
    ? problem.code
    : 'unknown'
}
