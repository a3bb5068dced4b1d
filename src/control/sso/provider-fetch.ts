import type { CustomFetch } from 'openid-client'
import { Agent, request } from 'undici'
import { Problem } from '../../problem.ts'
import { connectionFailure } from '../notify/channels/channel.ts'
import { checkHost, isLoopback, type Outside } from '../notify/channels/outside.ts'
import { lookupOf } from '../notify/channels/post.ts'

/** Far beyond what metadata, keys and tokens need. */
const MOST_BYTES = 1024 * 1024

/**
 * The only way in which an identity provider is asked, whatever addresses its metadata name: https to public or listed hosts, and plain http to
 * this machine where that is listed; no redirect, an end in time, and an answer that fits into memory. Throws `access.provider_unreachable`.
 */
export function providerFetch(outside: Outside): CustomFetch {
  return async (address, { method, headers, body, signal }) => {
    const url = new URL(address)
    const isPlain = url.protocol === 'http:' && isLoopback(url.hostname)
    if (url.protocol !== 'https:' && !isPlain) throw unreachable('its address must begin with https://')
    const timeout = AbortSignal.timeout(outside.timeoutMs)
    const ends = signal === undefined ? timeout : AbortSignal.any([timeout, signal])
    let agent: Agent | null = null
    try {
      const checked = await checkHost(url.hostname, portOf(url), outside, ends)
      if ('refused' in checked) throw unreachable(checked.refused)
      agent = new Agent({ connect: { lookup: lookupOf(checked.addresses) }, pipelining: 0, allowH2: false })
      const sent = body === undefined || body === null ? null : String(body)
      const answer = await request(url, {
        method: method as 'GET',
        headers,
        body: sent,
        signal: ends,
        dispatcher: agent,
      })
      if (answer.statusCode >= 300 && answer.statusCode < 400)
        throw unreachable(`it answered ${answer.statusCode}, and redirects are not followed`)
      return responseOf(answer.statusCode, answer.headers, await whole(answer.body))
    } catch (error) {
      if (error instanceof Problem) throw error
      throw unreachable(ends.aborted ? 'no answer came in time' : connectionFailure(error))
    } finally {
      await agent?.destroy()
    }
  }
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80))
}

async function whole(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of body) {
    bytes += piece.byteLength
    if (bytes > MOST_BYTES) throw unreachable('its answer is larger than 1 MiB')
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function responseOf(status: number, headers: Record<string, string | string[] | undefined>, body: Buffer): Response {
  const plain = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [value].flat().map((one) => [name, one]),
  )
  return new Response(body.byteLength === 0 ? null : new Uint8Array(body), { status, headers: plain })
}

/** `why`: half a sentence without anything that the provider has said. */
export function unreachable(why: string): Problem {
  return new Problem('access.provider_unreachable', { message: `The identity provider cannot be used: ${why}.` })
}
