import { setTimeout as sleep } from 'node:timers/promises'
import type { TestServer } from '../src/server/test-server.ts'
import { type Lead, type LedRequest, lifeOf } from './api-lives.ts'
import type { IdentityProvider } from './identity-provider.ts'

const right = { 'if-match': 'right' }
const stale = { 'if-match': '"999"' }
const nobody = { key: null } as const
/** Of everybody who sets one here; texts of the fuzz are looked for in every answer. */
const password = 'secret-of-the-fuzz-and-longer'
const reader = { policies: ['ampiq_user_read_only'] }

/** Asks as somebody who has just signed in. Cookies are in headers, which a led answer does not give. */
async function signedIn(lead: Lead, { url }: TestServer, email: string, by = password): Promise<Lead> {
  const answer = await fetch(`${url}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: by }),
  })
  if (answer.status !== 200) throw new Error(`${email}: ${answer.status} ${await answer.text()}`)
  const cookie = cookieOf(answer)
  const { csrf_token } = (await answer.json()) as { csrf_token: string }
  return (operation, { headers, ...request } = {}) =>
    lead(operation, { ...request, ...nobody, headers: { cookie, 'x-csrf-token': csrf_token, ...headers } })
}

function cookieOf(answer: Response): string {
  return answer.headers.getSetCookie()[0]!.split(';')[0]!
}

/** Users from their invitation to their end, with the links by which they come in. */
export async function liveUsers(lead: Lead, server: TestServer): Promise<void> {
  const email = 'life@example.com'
  const { user, link } = await lead('POST /users', { body: { email, ...reader } })
  const life = { at: [user.id] }
  await lead('POST /links/open', { ...nobody, body: { token: link.token } })
  await lead('POST /links/join', { ...nobody, body: { token: link.token, password: 'short' } })
  await lead('POST /links/join', { ...nobody, body: { token: link.token, password, name: 'Life' } })
  await lead('GET /users/{id}', life)
  await lead('PUT /users/{id}', { ...life, body: reader })
  for (const headers of [stale, right]) await lead('PUT /users/{id}', { ...life, headers, body: reader })
  await lead('PUT /users/{id}', { ...life, headers: right, body: { ...reader, name: 'x'.repeat(200) } })
  await lead('PUT /users/{id}', { at: ['none'], headers: stale, body: reader })
  await liveSelf(lead, server, email)
  await lead('POST /users/{id}/link', life)
  await lead('POST /users/{id}/sign-out', life)
  await liveDisabled(lead, { id: user.id, email })
  for (const headers of [stale, right]) await lead('DELETE /users/{id}', { ...life, headers })
  // One administrator stays.
  const last = { at: [server.admin.id], headers: right }
  await lead('GET /users/{id}', last)
  await lead('PUT /users/{id}', { ...last, body: reader })
  await lead('DELETE /users/{id}', last)
}

/** What users see and change of their own. */
async function liveSelf(lead: Lead, server: TestServer, email: string): Promise<void> {
  await signedIn(lead, server, email)
  const own = await signedIn(lead, server, email)
  const { items } = await own('GET /me/sessions')
  const other = items.find((one: { is_this: boolean }) => !one.is_this)
  await own('DELETE /me/sessions/{id}', { at: [other.id] })
  await own('DELETE /me/sessions/{id}', { at: ['none'] })
  await own('POST /me/password', { body: { current: password, wanted: 'short' } })
  await own('POST /me/password', { body: { current: password, wanted: password } })
  const guess = { body: { current: 'wrong', wanted: password } }
  // All at once: the wait after the fifth begins when that is asked, however long its answer takes.
  await Promise.all(Array.from({ length: 7 }, () => own('POST /me/password', guess)))
  // A page of another site does not know the token; a key has no password.
  await own('POST /sign-out', { headers: { 'x-csrf-token': 'none' } })
  await own('POST /sign-out')
  await lead('POST /me/password', { body: { current: password, wanted: password } })
}

/** Neither password nor link lets in who was disabled. */
async function liveDisabled(lead: Lead, { id, email }: { id: string; email: string }): Promise<void> {
  const disabled = { ...reader, state: 'disabled' }
  const { user, link } = await lead('POST /users', { body: { email: 'late@example.com', ...reader } })
  for (const one of [id, user.id]) {
    await lead('GET /users/{id}', { at: [one] })
    await lead('PUT /users/{id}', { at: [one], headers: right, body: disabled })
    await lead('POST /users/{id}/link', { at: [one] })
  }
  await lead('POST /links/join', { ...nobody, body: { token: link.token, password } })
  // After the guesses at this password, the next one must wait.
  for (;;) {
    const { code, waitSeconds } = await lead('POST /sign-in', { ...nobody, body: { email, password } })
    if (code !== 'access.too_many_attempts') break
    await sleep(waitSeconds * 1000)
  }
}

/** Links for a secret: opened, refused, used once, overtaken by somebody else, and ended. */
export async function liveHandOvers(lead: Lead, { project: { emulator } }: TestServer): Promise<void> {
  const account = { subdomain: emulator.subdomain, base_url: emulator.url }
  const make = async (name: string) =>
    await lead('POST /hand-overs', {
      body: { body: { type: 'zendesk_oauth', name, client_id: emulator.clientId }, account },
    })
  const enter = (token: string, client_secret: string) =>
    lead('POST /links/hand-over', { ...nobody, body: { token, fields: { client_secret } } })
  await lead('POST /hand-overs', { body: { credential: 'none' } })
  const { token, hand_over } = await make('Handed over')
  await lead('POST /links/hand-over/open', { ...nobody, body: { token } })
  for (const secret of ['', 'secret-of-the-fuzz', emulator.clientSecret, emulator.clientSecret])
    await enter(token, secret)
  await lead('POST /hand-overs', { body: { credential: hand_over.credential, account } })
  await lead('POST /hand-overs', { body: { credential: 'zendesk' } })

  const late = await make('Handed too late')
  const key = late.hand_over.credential as string
  emulator.faults({ kind: 'slow', delayMs: 2_000, times: 1 })
  const entered = enter(late.token, emulator.clientSecret)
  // A line says that it is about to be tested; until it is, somebody else makes the same.
  while (!(await isCreating(lead, key))) await sleep(10)
  const body = { type: 'zendesk_oauth', client_id: 'deskside', client_secret: 'secret-of-the-fuzz' }
  await lead('POST /credentials', { body: { key, body } })
  await entered
  emulator.clearFaults()

  const ended = await make('Never handed over')
  await lead('DELETE /hand-overs/{id}', { at: [ended.hand_over.id] })
}

async function isCreating(lead: Lead, key: string): Promise<boolean> {
  const query = { object: `credential/${key}`, action: 'credential:write' }
  const { items } = await lead('GET /activity', { query })
  return items.some(({ detail }: { detail: { change?: string } }) => detail.change === 'create')
}

/** A definition of the provider. */
export function identityProviderBody({ issuer, clientId, clientSecret }: IdentityProvider) {
  return {
    ...{ name: 'Company account', issuer, client_id: clientId, client_secret: clientSecret },
    scopes: ['openid', 'email', 'groups'],
    mappings: [{ group: 'fuzz', ...reader }],
  }
}

/** Signing in at an identity provider that is there, does not answer, or answers in the middle of it. */
export async function liveSignOn(lead: Lead, { url }: TestServer, provider: IdentityProvider): Promise<void> {
  const body = identityProviderBody(provider)
  provider.people.set('fuzz', { email: 'fuzz@example.com', email_verified: true, groups: ['fuzz'] })
  const at = { at: ['life'], ...nobody }
  const broken = (path: string) => provider.faults.set(path, ({ socket }) => void socket.destroy())
  const end = await lifeOf(lead, 'identity-providers', body)
  broken('/.well-known/openid-configuration')
  await lead('GET /sign-in/{key}/begin', at)
  provider.faults.clear()
  await lead('GET /sign-in/{key}/begin', { ...at, query: { return_to: '/workflows' } })
  await lead('GET /sign-in/{key}/callback', at)
  await lead('GET /sign-in/{key}/callback', { ...at, headers: { accept: 'text/html' } })
  await lead('GET /sign-in/{key}/callback', await wayBack(url, provider))
  broken('/token')
  await lead('GET /sign-in/{key}/callback', await wayBack(url, provider))
  provider.faults.clear()
  await end()
}

/** How a browser comes back that has been at the identity provider. */
async function wayBack(url: string, provider: IdentityProvider): Promise<LedRequest> {
  const begun = await fetch(`${url}/api/v1/sign-in/life/begin`, { redirect: 'manual' })
  provider.who = 'fuzz'
  const back = new URL(await provider.signIn(begun.headers.get('location')!))
  return { at: ['life'], ...nobody, query: Object.fromEntries(back.searchParams), headers: { cookie: cookieOf(begun) } }
}

/** Who may come in: signing in, out, and too often; a key from its making to its end. */
export async function liveAccess(lead: Lead, server: TestServer): Promise<void> {
  const email = 'admin@example.com'
  await lead('POST /sign-in', { ...nobody, body: { email, password: server.password } })
  const admin = await signedIn(lead, server, email, server.password)
  await admin('POST /sign-out')
  const wrong = { ...nobody, body: { email: 'nobody@example.com', password: 'wrong' } }
  await Promise.all(Array.from({ length: 7 }, () => lead('POST /sign-in', wrong)))
  const made = await lead('POST /keys', { body: { name: 'life', scopes: ['workflow:read'], expires_at: null } })
  await lead('GET /figures', { key: made.secret })
  await lead('DELETE /keys/{id}', { at: [made.key.id] })
  await lead('POST /notifications/read', { body: { ids: 'all' } })
}

/** A server that nobody has set up yet. */
export async function liveBare(lead: Lead, { password, cliToken: key }: TestServer): Promise<void> {
  await lead('POST /sign-in', { ...nobody, body: { email: 'admin@example.com', password } })
  await lead('GET /project', { key })
}
