/** A host in front of the emulator, with names and certificates that may fail. Every request needs a connection of its own. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttp, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createHttps, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface Front {
  port: number
  /** Called before a request goes on; what it does is done when the answer comes. */
  onRequest: (incoming: IncomingMessage) => void
  close(): Promise<void>
}

function passOn(target: string, front: Front) {
  return (incoming: IncomingMessage, answer: ServerResponse) => {
    front.onRequest(incoming)
    const { method, headers, url } = incoming
    const onward = request(`${target}${url}`, { method, headers: { ...headers, connection: 'close' } }, (reply) => {
      answer.writeHead(reply.statusCode ?? 500, { ...reply.headers, connection: 'close' })
      reply.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    incoming.pipe(onward)
  }
}

async function listen<T extends Server | ReturnType<typeof createHttp>>(server: T, front: Front): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  front.port = (server.address() as AddressInfo).port
  front.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
}

const closed = (): Front => ({ port: 0, onRequest: () => {}, close: async () => {} })

export async function openFront(target: string): Promise<Front> {
  const front = closed()
  await listen(
    createHttp((incoming, answer) => passOn(target, front)(incoming, answer)),
    front,
  )
  return front
}

export type CertificateKind = 'good' | 'expired' | 'of another host' | 'of nobody known'

export interface TlsFront extends Front {
  /** The certificate of connections from now on. */
  show(kind: CertificateKind): void
  /** With their key, for other servers of the same client. */
  certificates: Record<CertificateKind, { key: string; cert: string }>
  /** Connections that the client gave up for the certificate. */
  refused: () => number
  /** File with what the client is to trust. */
  trusted: string
}

/** Makes certificates with the `openssl` command; null when there is none. */
export function opensslVersion(): string | null {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' })
  } catch {
    return null
  }
}

export async function openTlsFront(target: string, dir: string): Promise<TlsFront> {
  const certificates = makeCertificates(join(dir, 'tls'))
  let refused = 0
  const server = createHttps(certificates.good, (incoming, answer) => passOn(target, front)(incoming, answer))
  server.on('tlsClientError', () => refused++)
  const front: TlsFront = {
    ...closed(),
    certificates,
    trusted: join(dir, 'tls', 'trusted.pem'),
    refused: () => refused,
    show: (kind) => server.setSecureContext(certificates[kind]),
  }
  await listen(server, front)
  return front
}

function makeCertificates(dir: string): Record<CertificateKind, { key: string; cert: string }> {
  mkdirSync(dir)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' })
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-out', 'key.pem')
  const key = readFileSync(join(dir, 'key.pem'), 'utf8')
  const made = (file: string, host: string, days: number) => {
    const subject = ['-key', 'key.pem', '-subj', `/CN=${file}`, '-addext', `subjectAltName=DNS:${host}`]
    openssl('req', '-new', ...subject, '-out', `${file}.csr`)
    const signed = ['-signkey', 'key.pem', '-days', String(days), '-copy_extensions', 'copy', '-out', `${file}.pem`]
    openssl('x509', '-req', '-in', `${file}.csr`, ...signed)
    return { key, cert: readFileSync(join(dir, `${file}.pem`), 'utf8') }
  }
  const certificates = {
    good: made('good', 'localhost', 2),
    expired: made('expired', 'localhost', -1),
    'of another host': made('other', 'other.example.com', 2),
    'of nobody known': made('unknown', 'localhost', 2),
  }
  const trusted = [certificates.good, certificates.expired, certificates['of another host']]
  writeFileSync(join(dir, 'trusted.pem'), trusted.map(({ cert }) => cert).join(''))
  return certificates
}
