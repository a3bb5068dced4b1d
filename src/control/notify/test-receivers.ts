import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** Real receivers on loopback, for tests. */

export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface HttpReceiver {
  url: string
  received: Received[]
  /** Resolves when this many requests have come in, bodies included. */
  until(count: number): Promise<void>
  close(): Promise<void>
}

export type Answer = (response: ServerResponse, request: Received, count: number) => void

export const ok: Answer = (response) => response.writeHead(200).end('ok')
export const status =
  (code: number, headers: Record<string, string> = {}, text = ''): Answer =>
  (response) =>
    response.writeHead(code, headers).end(text)
export const hang: Answer = () => {}
export const reset: Answer = (response) => response.socket?.resetAndDestroy()
/** One answer for each request in turn; the last one for all others. */
export const inTurn =
  (...answers: Answer[]): Answer =>
  (response, request, count) =>
    (answers[count - 1] ?? answers.at(-1)!)(response, request, count)

export async function startHttp(answer: Answer = ok): Promise<HttpReceiver> {
  const received: Received[] = []
  const waiting = new Set<{ count: number; resolve: () => void }>()
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(pieces).toString() }
      received.push(one)
      answer(response, one, received.length)
      for (const wait of waiting) if (received.length >= wait.count) wait.resolve()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    until: (count) =>
      received.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.add({ count, resolve })
          }),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface Mail {
  from: string
  to: string[]
  /** Headers and body as they came, ends of lines as LF. */
  raw: string
  user: string | null
  /** The name that the client asked for when it began TLS; null: it came in the clear. */
  tls: string | null
}

export interface MailReceiver {
  port: number
  mails: Mail[]
  /** Every line that came in the clear, in order. */
  clear: string[]
  close(): Promise<void>
}

export interface SmtpOptions {
  /** Asked for when TLS begins; without it there is none. */
  tls?: () => { key: string; cert: string }
  /** TLS from the first byte, in place of STARTTLS. */
  isImplicit?: boolean
}

/**
 * A mail server that speaks as much of SMTP as is needed. `answer` replaces the reply to a command, such as `RCPT` or `DATA` (`.` for the end of
 * the message): a reply with a code, `hang`, or `reset`.
 */
export async function startSmtp(
  answer: (command: string, count: number) => string | null = () => null,
  { tls, isImplicit = false }: SmtpOptions = {},
): Promise<MailReceiver> {
  const mails: Mail[] = []
  const clear: string[] = []
  const counts = new Map<string, number>()
  const sockets = new Set<Socket>()
  const replyTo = (command: string): string | null => {
    const count = (counts.get(command) ?? 0) + 1
    counts.set(command, count)
    return answer(command, count)
  }
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    if (isImplicit) secured(socket, tls!, (inner) => converse(inner, { mails, replyTo, isGreeting: true }))
    else {
      const upgrade = tls && (() => secured(socket, tls, (inner) => converse(inner, { mails, replyTo })))
      converse(socket, { mails, replyTo, clear, isGreeting: true, ...(upgrade && { upgrade }) })
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    clear,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Begins TLS on a connection. A client that refuses the certificate ends it. */
function secured(socket: Socket, tls: NonNullable<SmtpOptions['tls']>, then: (inner: TLSSocket) => void): void {
  const inner = new TLSSocket(socket, { isServer: true, ...tls() })
  inner.on('error', () => {})
  inner.once('secure', () => then(inner))
}

interface Conversation {
  mails: Mail[]
  replyTo: (command: string) => string | null
  clear?: string[]
  isGreeting?: boolean
  /** Goes on with this connection under TLS. */
  upgrade?: () => void
}

function converse(socket: Socket, { mails, replyTo, clear, isGreeting, upgrade }: Conversation): void {
  const say = (command: string, usual: string): boolean => {
    const reply = replyTo(command)
    if (reply === 'reset') socket.resetAndDestroy()
    else if (reply !== 'hang') socket.write(`${reply ?? usual}\r\n`)
    return reply === null
  }
  const tls = socket instanceof TLSSocket ? String(socket.servername) : null
  let mail: Mail = { from: '', to: [], raw: '', user: null, tls }
  let inData = false
  let rest = ''
  const line = (text: string) => {
    clear?.push(text)
    if (inData && text === '.') {
      inData = false
      if (say('.', '250 2.0.0 taken')) mails.push(mail)
    } else if (inData) mail.raw += `${text.replace(/^\./, '')}\n`
    else if (/^EHLO/i.test(text))
      say('EHLO', upgrade ? '250-localhost\r\n250-STARTTLS\r\n250 AUTH PLAIN' : '250-localhost\r\n250 AUTH PLAIN')
    else if (/^STARTTLS/i.test(text) && upgrade !== undefined) {
      if (!say('STARTTLS', '220 2.0.0 go ahead')) return
      socket.removeListener('data', take)
      upgrade()
    } else if (/^AUTH PLAIN/i.test(text)) {
      mail.user = Buffer.from(text.slice(11), 'base64').toString().split('\0')[1] ?? null
      say('AUTH', '235 2.7.0 welcome')
    } else if (/^MAIL FROM/i.test(text)) {
      mail = { ...mail, from: /<(.*?)>/.exec(text)?.[1] ?? '', to: [], raw: '' }
      say('MAIL', '250 fine')
    } else if (/^RCPT TO/i.test(text)) {
      if (say('RCPT', '250 fine')) mail.to.push(/<(.*?)>/.exec(text)?.[1] ?? '')
    } else if (/^DATA/i.test(text)) inData = say('DATA', '354 go on')
    else if (/^QUIT/i.test(text)) socket.end('221 bye\r\n')
    else socket.write('500 what?\r\n')
  }
  const take = (piece: Buffer) => {
    const lines = (rest + piece.toString()).split('\r\n')
    rest = lines.pop()!
    for (const one of lines) line(one)
  }
  socket.on('data', take)
  if (isGreeting) say('CONNECT', '220 localhost')
}
