import type { Secret } from '../../../config.ts'
import type { Notification } from '../../../store/store.ts'

/** What a channel sends. Every part comes from the stored notification, so that a repetition says the same, byte for byte. */
export interface Message extends Pick<Notification, 'event' | 'severity' | 'title' | 'text' | 'link' | 'at'> {
  /** Id of the dispatch, by which a receiver recognises a repetition. */
  id: string
  orchestration: string | null
  workflow: string | null
  /** Whole address of the page; null when the server does not know its own. */
  url: string | null
}

/** How one attempt ended. `why` is half a sentence without secrets, addresses and words of the receiver. */
export type SendEnd =
  | { end: 'sent' }
  /** It would not work the next time either. */
  | { end: 'refused'; why: string }
  /** It may work later; `retryAfterMs` when the receiver said when. */
  | { end: 'failed'; why: string; retryAfterMs: number | null }

/** A channel that is ready to send. */
export interface Channel {
  send(message: Message, target: string): Promise<SendEnd>
}

/** Secrets of one channel by the names of `channelSecrets`. */
export type Secrets = Readonly<Record<string, Secret>>

export const refused = (why: string): SendEnd => ({ end: 'refused', why })
export const failed = (why: string, retryAfterMs: number | null = null): SendEnd => ({
  end: 'failed',
  why,
  retryAfterMs,
})

const untrusted = 'the certificate of the host is signed by nobody who is trusted here'

const sentences: Record<string, string> = {
  ECONNREFUSED: 'the host refuses connections',
  ENOTFOUND: 'the host name does not exist',
  EAI_AGAIN: 'the host name cannot be resolved now',
  ECONNRESET: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed before an answer',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
  ETIMEDOUT: 'no answer came in time',
  ECONNECTION: 'the connection was closed before an answer',
  ETLS: 'the host offers no encryption that is trusted here',
  CERT_HAS_EXPIRED: 'the certificate of the host has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is that of another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
}

/** Why a connection failed. By its code only: messages of the network layers may repeat what was sent. */
export function connectionFailure(error: unknown): string {
  const { code, originalCode, errors } = error as {
    code?: unknown
    originalCode?: unknown
    errors?: { code?: unknown }[]
  }
  const known = originalCode ?? code ?? errors?.[0]?.code
  if (typeof known !== 'string' || !/^[A-Z0-9_]{1,60}$/.test(known)) return 'the connection failed'
  return sentences[known] ?? `the connection failed (${known})`
}
