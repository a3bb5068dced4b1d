import { STATUS_CODES } from 'node:http'
import type { LookupFunction } from 'node:net'
import { Agent, request } from 'undici'
import type { Secret } from '../../../config.ts'
import { connectionFailure, failed, refused, type SendEnd } from './channel.ts'
import { type Address, checkHost, isLoopback, type Outside } from './outside.ts'

/**
 * One POST of JSON to a secret address: https, or http to this machine; no redirect, no repetition. Of an answer that says no only the status
 * is told, and its text when it is one of `words`: it may repeat the request. Never throws for what a receiver or the network does.
 */
export async function post(
  address: Secret,
  { body, headers, words = [] }: { body: string; headers: Record<string, string>; words?: readonly string[] },
  outside: Outside,
): Promise<SendEnd> {
  const url = parse(address.reveal())
  if (typeof url === 'string') return refused(url)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const signal = AbortSignal.timeout(outside.timeoutMs)
  let agent: Agent | null = null
  try {
    const checked = await checkHost(url.hostname, port, outside, signal)
    if ('refused' in checked) return refused(checked.refused)
    agent = new Agent({ connect: { lookup: lookupOf(checked.addresses) }, pipelining: 0, allowH2: false })
    const answer = await request(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'deskside' },
      body,
      signal,
      dispatcher: agent,
    })
    const isSent = answer.statusCode >= 200 && answer.statusCode < 300
    const said = isSent || words.length === 0 ? '' : await beginning(answer.body)
    const word = words.find((one) => one === said.trim()) ?? STATUS_CODES[answer.statusCode]
    return endOf(answer.statusCode, word, answer.headers['retry-after'])
  } catch (error) {
    return failed(signal.aborted ? 'no answer came in time' : connectionFailure(error))
  } finally {
    await agent?.destroy()
  }
}

/** The URL, or why there cannot be one; the text itself is a secret. */
function parse(text: string): URL | string {
  const url = URL.parse(text)
  if (url === null) return 'the address of the channel is not a URL'
  if (url.username !== '' || url.password !== '') return 'the address of the channel must not hold a user or a password'
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return url
  return 'the address of the channel must begin with https://'
}

/** Connections go to the addresses that were checked; a second look at DNS could give others. */
export function lookupOf(addresses: readonly [Address, ...Address[]]): LookupFunction {
  return (_host, options, callback) => {
    const wanted = addresses.filter(({ family }) => !options.family || options.family === family)
    if (options.all) callback(null, wanted)
    else callback(null, (wanted[0] ?? addresses[0]).address, (wanted[0] ?? addresses[0]).family)
  }
}

/** As much of an answer as a word of it needs. */
async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const piece of body) {
    text += piece.toString('latin1')
    if (text.length > 100) break
  }
  return text
}

function endOf(status: number, word: string | undefined, retryAfter: string | string[] | undefined): SendEnd {
  if (status >= 200 && status < 300) return { end: 'sent' }
  const why = `the receiver answered ${status}${word === undefined ? '' : ` (${word})`}`
  if (status >= 300 && status < 400) return refused(`${why}; redirects are not followed`)
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) return refused(why)
  return failed(why, retryAfterMs(String(retryAfter ?? '')))
}

const longestWaitMs = 24 * 60 * 60 * 1000

/** Seconds only: a date would need the receiver's clock. Null when there is no such header. */
function retryAfterMs(header: string): number | null {
  return /^\d{1,9}$/.test(header) ? Math.min(Number(header) * 1000, longestWaitMs) : null
}
