import { request } from 'node:http'
import { expect, test } from 'vitest'
import { openTestAccount, type TestAccount } from './test-account.ts'

/** fetch would set the host itself. */
function statusFor(account: TestAccount, path: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, account.emulator.url), { headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.on('error', reject).end()
  })
}

test('the page and everything it names are served, with a policy that lets nothing else in', async () => {
  await using account = await openTestAccount()
  const seen = new Set<string>()
  const open = ['/']
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const { status, headers, text } = await account.call('GET', path, undefined, { authorization: '' })
    expect([path, status]).toEqual([path, 200])
    const policy = headers.get('content-security-policy')!
    expect(policy).toMatch(/^default-src 'self'; /)
    expect(policy).not.toContain('unsafe')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    for (const [, name] of text.matchAll(/(?:href|src)="(\/[^"]+)"|from '\.\/[^']+'/g)) if (name) open.push(name)
    for (const [, name] of text.matchAll(/from '\.\/([^']+)'/g)) open.push(`/_emulator/page/${name}`)
  }
  expect(seen.size).toBeGreaterThanOrEqual(12)
  // Looking at the account is no request to it.
  expect(account.emulator.calls()).toEqual([])
  expect(account.emulator.stats().requests).toBe(0)
})

test.each(['/', '/_emulator/page/page.js', '/_emulator/people'])('%s answers local names only', async (path) => {
  await using account = await openTestAccount()
  const { port } = new URL(account.emulator.url)
  expect(await statusFor(account, path, `evil.example.com:${port}`)).toBe(403)
  expect(await statusFor(account, path, `localhost:${port}`)).toBe(200)
})

test('files beside it are not served, and / takes no writes', async () => {
  await using account = await openTestAccount()
  expect((await account.call('GET', '/_emulator/page/..%2Fpage.ts')).status).toBe(400)
  expect((await account.call('GET', '/_emulator/page/toString')).status).toBe(400)
  expect((await account.call('POST', '/')).status).toBe(404)
})
