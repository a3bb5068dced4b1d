import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openTestServer, type TestAnswer, type TestServer } from '../src/server/test-server.ts'
import { type IdentityProvider, type Person, startIdentityProvider } from './identity-provider.ts'

void sleep
let clockAheadMs = 0
let server: TestServer
let provider: IdentityProvider
beforeAll(async () => {
  server = await openTestServer({ now: () => new Date(Date.now() + clockAheadMs) })
  const redirectUris = ['company', 'other'].map((key) => `${server.url}/api/v1/sign-in/${key}/callback`)
  provider = await startIdentityProvider({ redirectUris })
})
afterAll(async () => {
  await server.close()
  await provider.close()
})

const mappings = [
  { group: 'operators', policies: ['datagrid_operator'] },
  { group: 'analysts', policies: ['amp360_user'] },
  { group: 'administrators', policies: ['datagrid_administrator'] },
  { group: 'no personal data', options: ['restrict_pii'] },
]

const body = (more: object = {}) => ({
  name: 'Company account',
  issuer: provider.issuer,
  client_id: provider.clientId,
  client_secret: provider.clientSecret,
  scopes: ['openid', 'email', 'profile', 'groups'],
  mappings,
  ...more,
})

test('x', async () => {
  const made = await server.call('POST', '/api/v1/identity-providers', { body: { key: 'company', body: body() } })
  expect(made.text).toBe('')
})
test('y', async () => {
  const begin = await fetch(`${server.url}/api/v1/sign-in/company/begin?return_to=/workflows`, { redirect: 'manual' })
  console.log(begin.status, begin.headers, await begin.text())
  provider.people.set('ada', { email: 'ada@example.com', email_verified: true, name: 'Ada', groups: ['operators'] })
  provider.who = 'ada'
  const back = await provider.signIn(begin.headers.get('location')!)
  console.log(back)
  const end = await fetch(back, { redirect: 'manual', headers: { cookie: begin.headers.getSetCookie()[0]!.split(';')[0]! } })
  console.log(end.status, end.headers, await end.text())
  console.log(JSON.stringify((await server.call('GET', '/api/v1/users')).json), provider.requests)
  console.log(JSON.stringify((await server.call('GET', '/api/v1/activity')).json.items.slice(0,4)))
  console.log(JSON.stringify((await server.call('GET', '/api/docs/json')).json.paths['/api/v1/sign-in/{key}/callback']))
})
