import { allActions } from '../src/access/authorize.ts'
import { openTestServer, type TestServer } from '../src/server/test-server.ts'
import { type IdentityProvider, type Person, startIdentityProvider } from './identity-provider.ts'

interface Answer {
  status: number
  location: string | null
  // biome-ignore lint/suspicious/noExplicitAny: problems of every shape
  json: any
  /** Of the answer: name -> value. */
  cookies: Record<string, string>
}

/** A server and an identity provider that knows it under the keys `company` and `other`. */
export interface SignOnBench {
  server: TestServer
  provider: IdentityProvider
  /** Of the service, before that of the machine. */
  clock: { aheadMs: number }
  /** Makes the provider of this key, or replaces what it was. */
  // biome-ignore lint/suspicious/noExplicitAny: definitions and problems
  save(key: string, more?: object, as?: string): Promise<{ status: number; json: any }>
  bodyOf(more?: object): Record<string, unknown>
  begin(key?: string, query?: string): Promise<Answer>
  /** At the provider: the address to which it sends the browser back, and what the browser holds. */
  away(who: string | null, key?: string, query?: string): Promise<{ back: string; cookies: Record<string, string> }>
  /** Goes the whole way; `person` is what the provider knows of `who` from now on. */
  signIn(who: string | null, person?: Person): Promise<Answer>
  // biome-ignore lint/suspicious/noExplicitAny: a user as the API shows it
  userOf(name: string): Promise<any>
  /** The newest lines of the activity log about this. */
  // biome-ignore lint/suspicious/noExplicitAny: lines as the API shows them
  linesAbout(object: string, action: string): Promise<any[]>
  me(cookies: Record<string, string>): Promise<Answer>
  close(): Promise<void>
}

const mappings = [
  { group: 'operators', policies: ['datagrid_operator'] },
  { group: 'analysts', policies: ['amp360_user'] },
  { group: 'administrators', policies: ['datagrid_administrator'] },
  { group: 'no personal data', options: ['restrict_pii'] },
]

export async function openSignOnBench(): Promise<SignOnBench> {
  const clock = { aheadMs: 0 }
  const server = await openTestServer({ now: () => new Date(Date.now() + clock.aheadMs) })
  // Of the machine: what becomes of the administrator must not change who asks.
  server.key = (await server.service.keys.create(null, { name: 'test', scopes: allActions, expiresAt: null })).text
  const redirectUris = [
    ...['company', 'other'].map((key) => `${server.url}/api/v1/sign-in/${key}/callback`),
    'https://deskside.example.com/crm/api/v1/sign-in/company/callback',
  ]
  const provider = await startIdentityProvider({ redirectUris })
  const bench: SignOnBench = {
    ...{ server, provider, clock },
    bodyOf: (more) => ({
      name: 'Company account',
      issuer: provider.issuer,
      client_id: provider.clientId,
      client_secret: provider.clientSecret,
      scopes: ['openid', 'email', 'profile', 'groups'],
      mappings,
      ...more,
    }),
    async save(key, more, as = server.key) {
      const path = '/api/v1/identity-providers'
      const before = await server.call('GET', `${path}/${key}`)
      const body = bench.bodyOf(more)
      const headers = { 'if-match': before.headers.get('etag') ?? '' }
      return before.status === 404
        ? await server.call('POST', path, { body: { key, body }, key: as })
        : await server.call('PUT', `${path}/${key}`, { body: { body }, headers, key: as })
    },
    begin: (key = 'company', query = '') => get(`${server.url}/api/v1/sign-in/${key}/begin${query}`),
    async away(who, key, query) {
      const begun = await bench.begin(key, query)
      provider.who = who
      return { back: await provider.signIn(begun.location!), cookies: begun.cookies }
    },
    async signIn(who, person) {
      if (who !== null && person !== undefined) provider.people.set(who, person)
      const { back, cookies } = await bench.away(who)
      return await get(back, cookies)
    },
    async userOf(name) {
      const { items } = (await server.call('GET', '/api/v1/users')).json
      return items.find(({ email }: { email: string }) => email === `${name}@example.com`)
    },
    async linesAbout(object, action) {
      const query = new URLSearchParams({ object, action })
      return (await server.call('GET', `/api/v1/activity?${query}`)).json.items
    },
    me: (cookies) => get(`${server.url}/api/v1/me`, cookies),
    async close() {
      await server.close()
      await provider.close()
    },
  }
  return bench
}

/** What a browser gets that holds these cookies and follows no redirect. */
export async function get(url: string, cookies: Record<string, string> = {}, accept = '*/*'): Promise<Answer> {
  const held = Object.entries(cookies).map(([name, value]) => `${name}=${value}`)
  const answer = await fetch(url, { redirect: 'manual', headers: { accept, cookie: held.join('; ') } })
  const text = await answer.text()
  const set = answer.headers.getSetCookie().map((line) => /^([^=]+)=([^;]*)/.exec(line)!)
  return {
    status: answer.status,
    location: answer.headers.get('location'),
    json: text === '' ? null : JSON.parse(text),
    cookies: Object.fromEntries(set.map(([, name, value]) => [name!, value!])),
  }
}

/** How a way back has ended, for tables. */
export const end = ({ status, json }: Answer) => [status, json?.code]

/** Somebody whose address the provider vouches for. */
export const verified = (name: string, ...groups: string[]): Person => ({
  ...{ email: `${name}@example.com`, email_verified: true, name, groups },
})
