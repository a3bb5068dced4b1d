import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { Secret } from '../../../config.ts'
import { hang, ok, reset, startHttp, startSmtp, status } from '../test-receivers.ts'
import type { Message } from './channel.ts'
import { openChannel } from './open.ts'
import type { Outside } from './outside.ts'
import { escapeMrkdwn } from './slack.ts'
import { escapeHtml } from './smtp.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function http(answer = ok) {
  const receiver = await startHttp(answer)
  closers.push(receiver.close)
  return receiver
}

async function smtp(answer?: Parameters<typeof startSmtp>[0]) {
  const receiver = await startSmtp(answer)
  closers.push(receiver.close)
  return receiver
}

const at = new Date('2027-01-02T03:04:05Z')
const message: Message = {
  id: 'dispatch-1',
  event: 'failed',
  severity: 'error',
  title: 'North & South failed',
  text: 'Orchestration: North & South.\nProblem zendesk.unreachable: <gone>',
  link: '/workflows/w1',
  url: 'https://deskside.example.com/workflows/w1',
  orchestration: 'north',
  workflow: 'w1',
  at,
}
const outside: Outside = {
  allowedHosts: ['127.0.0.1'],
  resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  timeoutMs: 10_000,
}

function open(body: Parameters<typeof openChannel>[0], secrets: Record<string, string>, more: Partial<Outside> = {}) {
  const wrapped = Object.fromEntries(Object.entries(secrets).map(([name, text]) => [name, new Secret(text)]))
  const channel = openChannel(body, wrapped, { ...outside, ...more }, () => at)
  if (typeof channel === 'string') throw new Error(channel)
  return channel
}

const webhook = (url: string, more?: Partial<Outside>) => open({ type: 'webhook' }, { url, token: 'signing key' }, more)
const mailer = (port: number, body = {}, secrets = {}, more?: Partial<Outside>) =>
  open({ type: 'smtp', host: '127.0.0.1', port, secure: false, from: 'deskside@example.com', ...body }, secrets, more)

test('a webhook gets JSON with the id of the dispatch and a signature that verifies', async () => {
  const receiver = await http()
  expect(await webhook(`${receiver.url}/hook?key=1`).send(message, '')).toEqual({ end: 'sent' })
  const [request] = receiver.received
  expect(request?.path).toBe('/hook?key=1')
  expect(request?.headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': 'dispatch-1' })
  expect(JSON.parse(request!.body)).toEqual({ ...message, at: at.toISOString() })
  const [, seconds, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request?.headers['x-deskside-signature']))!
  expect(Number(seconds)).toBe(at.getTime() / 1000)
  expect(digest).toBe(createHmac('sha256', 'signing key').update(`${seconds}.${request!.body}`).digest('hex'))
})

test.each([
  [204, 'sent', null],
  [301, 'refused', null],
  [307, 'refused', null],
  [400, 'refused', null],
  [404, 'refused', null],
  [408, 'failed', null],
  [410, 'refused', null],
  [429, 'failed', 120_000],
  [500, 'failed', 120_000],
  [503, 'failed', 120_000],
] as const)('status %i of a receiver means %s, and a redirect is not followed', async (code, end, retryAfterMs) => {
  const target = await http()
  const receiver = await http(
    status(
      code,
      { location: target.url, ...(code >= 429 ? { 'retry-after': '120' } : {}) },
      'ada@example.com signing key',
    ),
  )
  const result = await webhook(receiver.url).send(message, '')
  expect(result.end).toBe(end)
  if (result.end === 'failed') expect(result.retryAfterMs).toBe(retryAfterMs)
  if (result.end !== 'sent')
    expect(result.why).toMatch(new RegExp(`^the receiver answered ${code} \\([A-Z][A-Za-z ]+\\)`))
  expect([receiver.received.length, target.received.length]).toEqual([1, 0])
})

test('a receiver that hangs, resets after the body or is not there is tried again later, and no secret is told', async () => {
  const [hanging, resetting, gone] = [await http(hang), await http(reset), await http()]
  await gone.close()
  closers.pop()
  const results = [
    await webhook(`${hanging.url}/secret-path`, { timeoutMs: 50 }).send(message, ''),
    await webhook(`${resetting.url}/secret-path`).send(message, ''),
    await webhook(`${gone.url}/secret-path`).send(message, ''),
  ]
  expect(results).toEqual([
    { end: 'failed', why: 'no answer came in time', retryAfterMs: null },
    {
      end: 'failed',
      why: expect.stringMatching(/^the connection was (reset|closed before an answer)$/),
      retryAfterMs: null,
    },
    { end: 'failed', why: 'the host refuses connections', retryAfterMs: null },
  ])
})

test.each([
  ['http://hooks.example.com/x', 'must begin with https://'],
  ['http://10.0.0.1/x', 'must begin with https://'],
  ['ftp://127.0.0.1/x', 'must begin with https://'],
  ['hooks.example.com', 'is not a URL'],
  ['https://user:word@hooks.example.com/', 'must not hold a user or a password'],
  ['https://10.0.0.1/x', 'private network'],
  ['https://169.254.169.254/latest', 'private network'],
  ['https://2852039166/latest', 'private network'],
  ['https://[::ffff:10.0.0.1]/', 'private network'],
  ['https://hooks.example.com/x', 'private network'],
])('%s is refused at once', async (url, why) => {
  const result = await webhook(url).send(message, '')
  expect(result).toEqual({ end: 'refused', why: expect.stringContaining(why) })
})

test('a host is resolved once, and the connection goes to the address that was checked', async () => {
  const hello: { address: string | undefined; bytes: Buffer }[] = []
  const sockets = createServer((socket) => {
    const address = socket.localAddress
    socket.once('data', (bytes) => {
      hello.push({ address, bytes })
      socket.destroy()
    })
  })
  await once(sockets.listen(0, '127.0.0.1'), 'listening')
  closers.push(() => new Promise((resolve) => sockets.close(() => resolve())))
  let resolved = 0
  const port = (sockets.address() as AddressInfo).port
  const more: Partial<Outside> = {
    allowedHosts: [`hooks.example.com:${port}`],
    async resolve() {
      resolved++
      return resolved === 1 ? [{ address: '127.0.0.1', family: 4 }] : [{ address: '127.0.0.2', family: 4 }]
    },
  }
  const result = await webhook(`https://hooks.example.com:${port}/`, more).send(message, '')
  expect(result.end).toBe('failed')
  expect(resolved).toBe(1)
  expect(hello.map(({ address }) => address)).toEqual(['127.0.0.1'])
  // TLS, and for the name and not for the address.
  expect(hello[0]!.bytes[0]).toBe(22)
  expect(hello[0]!.bytes.includes('hooks.example.com')).toBe(true)
})

test('a resolver that does not answer, or fails, is tried again later', async () => {
  const silent = webhook('https://hooks.example.com/', { timeoutMs: 50, resolve: () => new Promise(() => {}) })
  expect(await silent.send(message, '')).toEqual({ end: 'failed', why: 'no answer came in time', retryAfterMs: null })
  const failing = webhook('https://hooks.example.com/', {
    resolve: () => Promise.reject(Object.assign(new Error('getaddrinfo hooks.example.com'), { code: 'ENOTFOUND' })),
  })
  expect(await failing.send(message, '')).toMatchObject({ end: 'failed', why: 'the host name does not exist' })
})

test('Slack gets blocks in which nothing is a link or a mention but the page', async () => {
  const receiver = await http()
  const hostile = { ...message, title: '<!channel> *north*', text: 'see <https://example.com|this> & `that`' }
  const channel = open({ type: 'slack' }, { url: `${receiver.url}/services/T0/B0/x` })
  expect(await channel.send(hostile, '')).toEqual({ end: 'sent' })
  const text = receiver.received[0]!.body
  expect(text).toContain('&lt;!channel&gt;')
  expect(text.match(/<[^>]*>/g)).toEqual(['<https://deskside.example.com/workflows/w1|Open in Deskside>'])
})

test('a reason that Slack is known to give is told, any other text is not', async () => {
  const [known, unknown] = [await http(status(404, {}, 'no_service\n')), await http(status(403, {}, 'secret_path'))]
  const end = async (url: string) => open({ type: 'slack' }, { url: `${url}/secret_path` }).send(message, '')
  expect(await end(known.url)).toEqual({ end: 'refused', why: 'the receiver answered 404 (no_service)' })
  expect(await end(unknown.url)).toEqual({ end: 'refused', why: 'the receiver answered 403 (Forbidden)' })
})

test('escaped text cannot begin a link, a mention or an element', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(escapeMrkdwn(text, 3000)).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
      expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/)
    }),
  )
})

test('mail has text and HTML, both escaped, and is the same message when it is sent again', async () => {
  const receiver = await smtp()
  for (const _ of [1, 2]) expect(await mailer(receiver.port).send(message, 'team@example.com')).toEqual({ end: 'sent' })
  const [first, second] = receiver.mails
  expect(first).toMatchObject({ from: 'deskside@example.com', to: ['team@example.com'], user: null })
  expect(second).toEqual(first)
  expect(first!.raw).toMatch(/^Subject: North & South failed$/m)
  expect(first!.raw).toMatch(/^Message-ID: <deskside\.[0-9a-f]{40}@example\.com>$/m)
  expect(first!.raw).toContain('&lt;gone&gt;')
  await mailer(receiver.port).send({ ...message, id: 'dispatch-2' }, 'team@example.com')
  const idOf = (raw: string) => /^Message-ID: (.*)$/m.exec(raw)?.[1]
  expect(idOf(receiver.mails[2]!.raw)).not.toBe(idOf(first!.raw))
})

test('no title, name or id adds a header or a recipient', async () => {
  const receiver = await smtp()
  const nasty = fc.stringMatching(
    /^[a-z<>@:,"]{0,8}(\r\n|\n|\r|\u2028|\u0085)(Bcc: eve@example\.com|\.|DATA)(\r\n|\n)[a-z]{0,8}$/,
  )
  await fc.assert(
    fc.asyncProperty(nasty, async (text) => {
      const before = receiver.mails.length
      await mailer(receiver.port).send({ ...message, id: text, title: text, text, event: 'failed' }, 'team@example.com')
      const mail = receiver.mails.at(-1)!
      expect(receiver.mails.length).toBe(before + 1)
      expect(mail.to).toEqual(['team@example.com'])
      expect(mail.raw.slice(0, mail.raw.indexOf('\n\n'))).not.toMatch(/^(bcc|cc|data)/im)
    }),
    { numRuns: 30 },
  )
})

test.each(['team@example.com\r\nBcc: eve@example.com', 'a@example.com, b@example.com', 'Team <team@example.com>', ''])(
  'the target %j is refused before anything is said to the server',
  async (target) => {
    const receiver = await smtp()
    expect(await mailer(receiver.port).send(message, target)).toMatchObject({ end: 'refused' })
    expect(receiver.mails).toEqual([])
  },
)

test.each([
  ['CONNECT', '554 5.7.1 no', 'refused', 'the mail server refused the connection (554 5.7.1)'],
  ['MAIL', '550 5.1.0 <deskside@example.com> unknown', 'refused', 'the mail server refused the sender (550 5.1.0)'],
  ['RCPT', '550 5.1.1 <team@example.com>: unknown', 'refused', 'the mail server refused the recipient (550 5.1.1)'],
  ['RCPT', '450 4.2.0 later', 'failed', 'the mail server refused the recipient (450 4.2.0)'],
  ['DATA', '451 4.3.0 later', 'failed', 'the mail server refused the message (451 4.3.0)'],
  ['.', '452 4.3.1 full', 'failed', 'the mail server refused the message (452 4.3.1)'],
  ['.', 'reset', 'failed', expect.stringContaining('connection')],
  ['.', 'hang', 'failed', 'no answer came in time'],
] as const)('the answer to %s of a mail server, %j, means %s', async (step, answer, end, why) => {
  const receiver = await smtp((command) => (command === step ? answer : null))
  const more = answer === 'hang' ? { timeoutMs: 200 } : {}
  expect(await mailer(receiver.port, {}, {}, more).send(message, 'team@example.com')).toMatchObject({ end, why })
})

test('a mail server that is not there is tried again later', async () => {
  const receiver = await smtp()
  await receiver.close()
  closers.pop()
  const result = await mailer(receiver.port).send(message, 'team@example.com')
  expect(result).toMatchObject({ end: 'failed', why: 'the host refuses connections' })
})

test('a mail server signs in, and a refused password is not told', async () => {
  const receiver = await smtp((command, count) =>
    command === 'AUTH' && count === 2 ? '535 5.7.8 cGFzcw== wrong' : null,
  )
  const channel = mailer(receiver.port, { user: 'deskside' }, { password: 'hunter2' })
  expect(await channel.send(message, 'team@example.com')).toEqual({ end: 'sent' })
  expect(receiver.mails[0]?.user).toBe('deskside')
  const why = 'the mail server did not accept user and password (535 5.7.8)'
  expect(await channel.send(message, 'team@example.com')).toEqual({ end: 'refused', why })
})

test('a password is not sent to another machine without encryption', async () => {
  const receiver = await smtp()
  const body = { host: 'mail.example.com', user: 'deskside' }
  const channel = mailer(receiver.port, body, { password: 'hunter2' }, { allowedHosts: ['mail.example.com'] })
  expect((await channel.send(message, 'team@example.com')).end).not.toBe('sent')
  expect(receiver.mails).toEqual([])
  const unlisted = await mailer(receiver.port, body, { password: 'hunter2' }).send(message, 'team@example.com')
  expect(unlisted).toEqual({ end: 'refused', why: expect.stringContaining('private network') })
})

test.each([
  [{ type: 'webhook' }, { url: 'https://example.com' }, 'the channel has no secret token'],
  [{ type: 'slack' }, {}, 'the channel has no secret url'],
  [{ type: 'pigeon' }, {}, 'the definition of the channel is not valid (type)'],
  [
    { type: 'smtp', host: 'a b', port: 0, secure: true, from: 'x' },
    {},
    'the definition of the channel is not valid (host, port, from)',
  ],
] as const)('the channel %j with secrets %j says what it lacks', (body, secrets, why) => {
  const wrapped = Object.fromEntries(Object.entries(secrets).map(([name, text]) => [name, new Secret(text)]))
  expect(openChannel(body, wrapped, outside, () => at)).toBe(why)
})
