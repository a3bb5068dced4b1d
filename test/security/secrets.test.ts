import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { backUp } from '../../src/control/backup.ts'
import { ok, startHttp, status } from '../../src/control/notify/test-receivers.ts'
import { routes } from '../../src/server/server.ts'
import { openTestServer, type TestAnswer, type TestCall, type TestServer } from '../../src/server/test-server.ts'
import { queriesOf } from '../cli-child.ts'
import { startIdentityProvider } from '../identity-provider.ts'
import { testPostgres } from '../postgres.ts'
import { peopleRows } from '../service-bench.ts'

/**
 * Every secret that a server is told or makes, looked for in everything that it says and keeps (I9). test/secrets.test.ts does the same for commands
 * without a server.
 */

const postgres = await testPostgres()

/** What was said and kept, by place. */
type Seen = Record<string, string | Buffer>

/** The forms in which a secret travels. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  // The ends of base64 depend on what stands beside; what is between does not.
  const inner = (text: string) => text.slice(2, -4)
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString('hex'),
    inner(bytes.toString('base64')),
    inner(bytes.toString('base64url')),
  ]
}

function leaks(seen: Seen, secrets: ReadonlyMap<string, string>): string[] {
  return [...secrets].flatMap(([name, secret]) => {
    const forms = [...new Set(formsOf(secret))]
    return Object.entries(seen).flatMap(([place, text]) =>
      forms.some((form) => text.includes(form)) ? [`${name} in ${place}`] : [],
    )
  })
}

/** Errors too, with everything below them. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, one) =>
    one instanceof Error ? { ...one, message: one.message, stack: one.stack, cause: one.cause } : one,
  )
}

function filesIn(dir: string, except: RegExp): Seen {
  const files = readdirSync(dir, { withFileTypes: true, recursive: true }).filter(
    (entry) => entry.isFile() && !except.test(entry.name),
  )
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name))]),
  )
}

/** Every row of every table, as PostgreSQL itself writes it. */
async function rowsOf(url: string): Promise<Seen> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    const tables = await client.query(
      "SELECT table_schema s, table_name t FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
    )
    const seen: Seen = {}
    for (const { s, t } of tables.rows) {
      const { rows } = await client.query(`SELECT x::text AS line FROM "${s}"."${t}" x`)
      seen[`the table ${t}`] = rows.map(({ line }) => line).join('\n')
    }
    return seen
  } finally {
    await client.end()
  }
}

/** A server in whose life each kind of secret turns up, in ways that succeed and in ways that fail. */
class Life {
  readonly server: TestServer
  readonly secrets = new Map<string, string>()
  readonly seen: Seen = {}
  #answers = 0

  constructor(server: TestServer) {
    this.server = server
  }

  secret(name: string, text: string = `${name.replaceAll(' ', '-')}-${crypto.randomUUID()}`): string {
    this.secrets.set(name, text)
    return text
  }

  /** `shows`: secrets that this answer, and no other, has. */
  async call(method: string, path: string, call: TestCall = {}, shows: readonly string[] = []): Promise<TestAnswer> {
    const answer = await this.server.call(method, `/api/v1${path}`, call)
    const headers = textOf([...answer.headers])
    const hidden = shows.reduce((text, secret) => text.replaceAll(secret, ''), answer.text + headers)
    this.seen[`answer ${++this.#answers} to ${method} ${path}`] = hidden
    return answer
  }

  /** Sends it twice under one Idempotency-Key; the second answer shows nothing. */
  async twice(path: string, body: object, shown: (answer: TestAnswer) => string): Promise<[TestAnswer, string]> {
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const answer = await this.server.call('POST', `/api/v1${path}`, { body, headers })
    expect([path, answer.status]).toEqual([path, 201])
    const token = shown(answer)
    expect(token).toMatch(/^dsk_/)
    this.seen[`answer ${++this.#answers} to POST ${path}, first`] = answer.text.replaceAll(token, '')
    await this.call('POST', path, { body, headers })
    return [answer, token]
  }
}

async function people(life: Life): Promise<void> {
  const invitation = { email: 'jo@example.com', policies: ['datagrid_administrator'] }
  const [made, token] = await life.twice('/users', invitation, ({ json }) => json.link.token)
  life.secret('invitation', token)
  const [first, second, third] = ['first password', 'second password', 'third password'].map((name) =>
    life.secret(name),
  )
  const wrong = life.secret('wrong password')
  await life.call('POST', '/links/open', { key: null, body: { token } })
  await life.call('POST', '/links/join', { key: null, body: { token, password: 'short' } })
  const joined = await life.server.call('POST', '/api/v1/links/join', { key: null, body: { token, password: first } })
  expect(joined.status).toBe(200)
  const signIn = async (password: string) => {
    const signed = await life.server.call('POST', '/api/v1/sign-in', {
      key: null,
      body: { email: 'jo@example.com', password },
    })
    expect(signed.status).toBe(200)
    const cookies = signed.headers.getSetCookie().map((one) => one.split(';')[0]!)
    const cookie = life.secret(`session ${life.secrets.size}`, cookies[0]!.split('=')[1])
    const csrf = life.secret(`csrf ${life.secrets.size}`, signed.json.csrf_token)
    return { cookie: `deskside_session=${cookie}`, 'x-csrf-token': csrf }
  }
  const headers = await signIn(first!)
  for (const body of [
    { email: 'jo@example.com', password: wrong },
    { email: wrong, password: wrong },
    { email: 'jo@example.com', password: wrong, more: wrong },
  ])
    await life.call('POST', '/sign-in', { key: null, body })
  await life.call('POST', '/sign-in', { key: null, body: `{"password":"${wrong}",` })
  await life.call('GET', `/me?password=${wrong}`, { key: null, headers })
  const change = {
    key: null,
    headers: { ...headers, 'idempotency-key': 'a-change' },
    body: { current: first, wanted: second },
  }
  expect((await life.call('POST', '/me/password', change)).status).toBe(204)
  // By this, whoever reads the store could try passwords out at many millions a second.
  const plain = JSON.stringify(['POST', '/api/v1/me/password', change.body])
  life.secret('digest of a password', createHash('sha256').update(plain).digest('hex'))
  await life.call('POST', '/me/password', { key: null, headers, body: { current: wrong, wanted: 'x' } })
  const [, reset] = await life.twice(`/users/${made.json.user.id}/link`, {}, ({ json }) => json.token)
  life.secret('link for a new password', reset)
  expect(
    (await life.server.call('POST', '/api/v1/links/join', { key: null, body: { token: reset, password: third } }))
      .status,
  ).toBe(200)
  await signIn(third!)
  const [, key] = await life.twice('/keys', { name: 'ci', scopes: ['workflow:read'] }, ({ json }) => json.secret)
  life.secret('made key', key)
  await life.call('GET', '/me', { key })
}

async function definitions(life: Life): Promise<() => Promise<void>> {
  const [good, bad] = [
    await startHttp(ok),
    await startHttp((response, request) => status(500, {}, textOf(request))(response, request, 1)),
  ]
  const [goodPath, badPath, token, mail, api, client, handed] = [
    'good path',
    'bad path',
    'webhook token',
    'mail password',
    'api token',
    'client secret',
    'handed secret',
  ].map((name) => life.secret(name))
  const channels: [string, object][] = [
    ['good', { type: 'webhook', url: `${good.url}/${goodPath}`, token }],
    ['bad', { type: 'webhook', url: `${bad.url}/${badPath}`, token }],
    ['chat', { type: 'slack', url: `${bad.url}/${badPath}` }],
    [
      'mail',
      { type: 'smtp', host: '127.0.0.1', port: 1, secure: false, user: 'u', password: mail, from: 'a@example.com' },
    ],
  ]
  for (const [key, body] of channels) {
    const headers = { 'idempotency-key': `channel-${key}` }
    expect((await life.call('POST', '/channels', { body: { key, body }, headers })).status).toBe(201)
    await life.call('POST', `/channels/${key}/test`, { body: { target: 'b@example.com' } })
    const events = ['completed', 'completed_with_alerts', 'failed']
    const subscription = {
      orchestrations: 'all',
      events,
      channel: key,
      ...(key === 'mail' && { target: 'b@example.com' }),
    }
    await life.call('POST', '/subscriptions', { body: { key, body: subscription } })
  }
  await life.call('POST', '/channels', {
    body: { key: 'odd', body: { type: 'webhook', url: [badPath], token: { token } } },
  })
  for (const body of [
    { type: 'zendesk_oauth', client_id: 'x', client_secret: client },
    { type: 'zendesk', email: 'a@example.com', api_token: api },
    { type: 'zendesk_oauth', client_id: 'x', client_secret: [client] },
    { type: 'none', client_secret: client },
  ])
    await life.call('POST', '/credentials', { body: { body } })
  const account = { subdomain: 'x', base_url: life.server.project.emulator.url }
  const handOver = { body: { type: 'zendesk_oauth', name: 'Shop', client_id: 'x' }, account, hours: 1 }
  const [, link] = await life.twice('/hand-overs', handOver, ({ json }) => json.token)
  life.secret('link of a hand-over', link)
  await life.call('POST', '/links/hand-over/open', { key: null, body: { token: link } })
  for (const fields of [{ client_secret: handed }, { client_secret: handed, more: handed }, { other: handed }])
    await life.call('POST', '/links/hand-over', { key: null, body: { token: link, fields } })
  return async () => {
    expect(good.received.length).toBeGreaterThan(1)
    life.seen['what a receiver was told'] = textOf(good.received.map(({ body }) => body))
    await good.close()
    await bad.close()
  }
}

async function singleSignOn(life: Life): Promise<void> {
  const { url } = life.server
  const provider = await startIdentityProvider({ redirectUris: [`${url}/api/v1/sign-in/company/callback`] })
  const secret = life.secret('OIDC client secret', provider.clientSecret)
  const body = {
    ...{ name: 'Company', issuer: provider.issuer, client_id: provider.clientId, client_secret: secret },
    ...{ scopes: ['openid', 'email', 'profile', 'groups'], default_policies: ['ampiq_user_read_only'] },
  }
  expect((await life.call('POST', '/identity-providers', { body: { key: 'company', body } })).status).toBe(201)
  provider.people.set('p', { email: 'pat@example.com', email_verified: true, groups: [] })
  for (const isLate of [false, true]) {
    const begun = await fetch(`${url}/api/v1/sign-in/company/begin`, { redirect: 'manual' })
    const cookie = begun.headers
      .getSetCookie()
      .map((one) => one.split(';')[0]!)
      .join('; ')
    life.secret(`sign-in cookie ${isLate}`, cookie.split('=')[1])
    provider.who = 'p'
    const back = new URL(await provider.signIn(begun.headers.get('location')!))
    for (const name of ['code', 'state']) life.secret(`${name} ${isLate}`, back.searchParams.get(name)!)
    if (isLate) back.searchParams.set('state', 'another')
    const answer = await fetch(back, { redirect: 'manual', headers: { cookie } })
    life.seen[`answer to the way back ${isLate}`] = await answer.text()
    expect(answer.status).toBe(isLate ? 403 : 302)
    const session = answer.headers.getSetCookie().find((one) => one.startsWith('deskside_session='))
    if (session !== undefined) life.secret('session of single sign-on', session.split(';')[0]!.split('=')[1])
  }
  await provider.close()
}

/** A run, with what its children are told and what is heard of it. */
async function work(life: Life): Promise<void> {
  const { server, seen } = life
  await server.project.write(peopleRows(50))
  const gone = new AbortController()
  const heard: string[] = []
  const stream = await fetch(`${server.url}/api/v1/events`, {
    headers: { authorization: `Bearer ${server.key}` },
    signal: gone.signal,
  })
  const listening = (async () => {
    for await (const piece of stream.body!) heard.push(Buffer.from(piece).toString())
  })().catch(() => {})
  let children = 0
  const watch = setInterval(() => {
    for (const child of queriesOf(process.pid)) {
      try {
        seen[`arguments of the child ${child}`] = readFileSync(`/proc/${child}/cmdline`)
        seen[`environment of the child ${child}`] = readFileSync(`/proc/${child}/environ`)
        children += 1
      } catch {
        // It has ended in between.
      }
    }
  }, 5)
  const workflow = await server.run()
  clearInterval(watch)
  seen['arguments of the server'] = readFileSync('/proc/self/cmdline')
  if (process.platform === 'linux') expect(children).toBeGreaterThan(0)
  await life.call('POST', '/destinations/zendesk/test')
  for (const path of [
    `/workflows/${workflow.id}`,
    `/workflows/${workflow.id}/records`,
    `/workflows/${workflow.id}/exits`,
  ])
    await life.call('GET', path)
  while (!heard.join('').includes('"notification"') && !heard.join('').includes('event: notification'))
    await new Promise((resolve) => setTimeout(resolve, 20))
  gone.abort()
  await listening
  seen.events = heard.join('')
}

async function everythingRead(life: Life): Promise<void> {
  for (const { method, path } of routes)
    if (method === 'GET' && !path.includes(':') && !path.endsWith('/events'))
      await life.call('GET', path.slice('/api/v1'.length))
  for (const kind of ['credentials', 'channels', 'identity-providers', 'destinations', 'users', 'hand-overs'])
    for (const { key, id } of (await life.call('GET', `/${kind}`)).json.items)
      await life.call('GET', `/${kind}/${key ?? id}`)
  life.seen['the document of the API'] = textOf(life.server.server.document())
  life.seen.metrics = (await life.server.call('GET', '/metrics', { key: null })).text
}

/** The key of the secrets, in each form. */
function keyOf(dir: string): string {
  return readFileSync(join(dir, '.deskside', 'secret.key'), 'utf8')
    .split('\n')[0]!
    .trim()
}

describe.each([
  ['SQLite', async () => null],
  ['PostgreSQL', () => postgres.newDatabase()],
])('with %s', (kind, newDatabase) => {
  test.skipIf(kind === 'PostgreSQL' && postgres.missing !== null)(
    'no secret is in what a server says, keeps, backs up or tells its children: but for ciphertexts and digests (I9)',
    async () => {
      const url = await newDatabase()
      const server = await openTestServer({ ...(url !== null && { env: { DESKSIDE_DATABASE_URL: url } }) })
      const parent = await mkdtemp(join(tmpdir(), 'deskside-secrets-'))
      try {
        const life = new Life(server)
        for (const [index, secret] of server.secrets.entries()) life.secret(`of the server ${index}`, secret)
        life.secret('key of the secrets', keyOf(server.project.dir))
        const end = await definitions(life)
        await people(life)
        await singleSignOn(life)
        await work(life)
        await everythingRead(life)
        await end()
        const { store, app } = server.service
        const lines: string[] = []
        for await (const line of store.dump()) lines.push(line)
        life.seen['the dump'] = lines.join('\n')
        expect(lines.length).toBeGreaterThan(50)
        await backUp(
          {
            projectDir: server.project.dir,
            env: {},
            app,
            store,
            keyFile: null,
            version: '1.2.3',
            now: () => new Date(),
          },
          join(parent, 'backup'),
        )
        Object.assign(life.seen, filesIn(join(parent, 'backup'), /^$/), filesIn(server.project.dir, /^secret\.key$/))
        if (url !== null) Object.assign(life.seen, await rowsOf(url))
        life.seen['the log'] = textOf(server.lines)
        // A search that finds nothing must be able to find something.
        await writeFile(join(parent, 'control'), `x${server.password}x`)
        expect(leaks(filesIn(parent, /backup/), new Map([['control', server.password]]))).not.toEqual([])
        expect(life.secrets.size).toBeGreaterThan(25)
        expect(leaks(life.seen, life.secrets)).toEqual([])
      } finally {
        await server.close()
        await rm(parent, { recursive: true })
      }
    },
    300_000,
  )
})
