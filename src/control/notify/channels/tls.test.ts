import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type CertificateKind, opensslVersion, openTlsFront, type TlsFront } from '../../../../test/faults/front.ts'
import { Secret } from '../../../config.ts'
import { type HttpReceiver, type MailReceiver, type SmtpOptions, startHttp, startSmtp } from '../test-receivers.ts'
import { openChannel } from './open.ts'

const hasOpenssl = opensslVersion() !== null
const usual = getCACertificates('default')
let folder: string
let receiver: HttpReceiver
let front: TlsFront

beforeAll(async () => {
  if (!hasOpenssl) return
  folder = mkdtempSync(join(tmpdir(), 'deskside-tls-'))
  receiver = await startHttp()
  front = await openTlsFront(receiver.url, folder)
  setDefaultCACertificates([...usual, ...readFileSync(front.trusted, 'utf8').split(/(?<=END CERTIFICATE-----\n)/)])
})

afterAll(async () => {
  if (!hasOpenssl) return
  setDefaultCACertificates(usual)
  await front.close()
  await receiver.close()
  rmSync(folder, { recursive: true, force: true })
})

const message = {
  ...({ id: '1', event: 'failed', severity: 'error', title: 'T', text: 'T', link: null, url: null } as const),
  ...{ orchestration: null, workflow: null, at: new Date(0) },
}
const kinds: [CertificateKind, object][] = [
  ['good', { end: 'sent' }],
  ['expired', { end: 'failed', why: 'the certificate of the host has expired' }],
  ['of another host', { end: 'failed', why: 'the certificate is that of another host' }],
  ['of nobody known', { end: 'failed', why: 'the certificate of the host is signed by nobody who is trusted here' }],
]

function open(body: Parameters<typeof openChannel>[0], secrets: Record<string, string>) {
  const resolve = async () => [{ address: '127.0.0.1', family: 4 as const }]
  const outside = { allowedHosts: ['localhost', 'other.example.com'], resolve, timeoutMs: 10_000 }
  const wrapped = Object.fromEntries(Object.entries(secrets).map(([name, text]) => [name, new Secret(text)]))
  const channel = openChannel(body, wrapped, outside, () => new Date(0))
  if (typeof channel === 'string') throw new Error(channel)
  return channel
}

test.runIf(hasOpenssl).each(kinds)('a webhook whose certificate is %s', async (kind, end) => {
  front.show(kind)
  const before = receiver.received.length
  const channel = open({ type: 'webhook' }, { url: `https://localhost:${front.port}/hook`, token: 'key' })
  expect(await channel.send(message, '')).toMatchObject(end)
  expect(receiver.received.length - before).toBe(kind === 'good' ? 1 : 0)
})

describe.runIf(hasOpenssl)('a mail server', () => {
  let mail: MailReceiver
  afterEach(() => mail.close())

  const start = async (options: SmtpOptions, answer?: Parameters<typeof startSmtp>[0]) => {
    mail = await startSmtp(answer, options)
  }
  const send = (host: string, body: object = {}) =>
    open(
      { type: 'smtp', host, port: mail.port, secure: false, user: 'deskside', from: 'deskside@example.com', ...body },
      { password: 'hunter2' },
    ).send(message, 'team@example.com')

  /** What may be said in the clear: who is there, and that it shall be secret from here on. */
  const expectNothingTold = () => {
    for (const line of mail.clear) expect(line).toMatch(/^(EHLO \S+|HELO \S+|STARTTLS|QUIT)$/)
    expect(mail.mails).toEqual([])
  }

  test.each(kinds)('with STARTTLS whose certificate is %s', async (kind, end) => {
    await start({ tls: () => front.certificates[kind] })
    expect(await send('localhost')).toMatchObject(end)
    const sent = mail.mails.splice(0)
    expect(sent.map(({ user, tls, to }) => ({ user, tls, to }))).toEqual(
      kind === 'good' ? [{ user: 'deskside', tls: 'localhost', to: ['team@example.com'] }] : [],
    )
    expectNothingTold()
  })

  test.each(kinds)('with TLS from the first byte whose certificate is %s', async (kind, end) => {
    await start({ tls: () => front.certificates[kind], isImplicit: true })
    expect(await send('localhost', { secure: true })).toMatchObject(end)
    expect(mail.mails.map(({ user, tls }) => ({ user, tls }))).toEqual(
      kind === 'good' ? [{ user: 'deskside', tls: 'localhost' }] : [],
    )
  })

  test('of another machine is named in TLS, though its address was looked up before', async () => {
    await start({ tls: () => front.certificates['of another host'] })
    expect(await send('other.example.com')).toEqual({ end: 'sent' })
    expect(mail.mails.splice(0)).toMatchObject([{ user: 'deskside', tls: 'other.example.com' }])
    expectNothingTold()
  })

  const said = (reply: string) => (command: string) => (command === 'STARTTLS' ? reply : null)
  test.each([
    ['offers no encryption', undefined, { end: 'refused', why: 'the mail server offers no encryption (500)' }],
    [
      'cannot begin it now',
      said('454 4.7.0 no'),
      { end: 'failed', why: 'the mail server offers no encryption (454 4.7.0)' },
    ],
    ['answers with what is no SMTP', said('hello'), { end: 'failed' }],
    ['cuts the connection', said('reset'), { end: 'failed' }],
  ])('of another machine that %s hears neither password nor message', async (_, answer, end) => {
    await start(answer === undefined ? {} : { tls: () => front.certificates['of another host'] }, answer)
    expect(await send('other.example.com')).toMatchObject(end)
    expectNothingTold()
  })
})
