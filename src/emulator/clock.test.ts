import { describe, expect, test } from 'vitest'
import { openTestAccount, type TestAccount } from './test-account.ts'

const start = Date.UTC(2026, 10, 21, 12)
const clockOf = async (account: TestAccount) => (await account.call('GET', '/_emulator/clock')).json
const put = (account: TestAccount, body: object) => account.call('POST', '/_emulator/clock', body)

describe('the clock of the account', () => {
  test('is put forward by so much, or to a time; never back', async () => {
    await using account = await openTestAccount()
    expect(await clockOf(account)).toEqual({ now: '2026-11-21T12:00:00Z', now_ms: start, mode: 'real' })
    expect((await put(account, { advance_ms: 1500 })).json.now_ms).toBe(start + 1500)
    expect((await put(account, { now: '2026-12-01T00:00:00Z' })).json.now).toBe('2026-12-01T00:00:00Z')
    expect((await put(account, { now: Date.UTC(2027, 0, 1) })).json.now).toBe('2027-01-01T00:00:00Z')
    account.emulator.advance(1000)
    expect(account.emulator.clock().now).toBe('2027-01-01T00:00:01Z')
    account.emulator.reset()
    expect(account.emulator.clock().now_ms).toBe(start)
  })

  test.each([{ advance_ms: -1 }, { now: '2026-11-21T11:59:59Z' }, { now: 'soon' }, { advance_ms: 'x' }, {}, { to: 5 }])(
    '%j is refused with a sentence',
    async (body) => {
      await using account = await openTestAccount()
      expect(await put(account, body)).toMatchObject({ status: 400, json: { error: 'InvalidControl' } })
      expect(account.emulator.clock().now_ms).toBe(start)
    },
  )

  test('manual: stands still until it is put forward', async () => {
    await using account = await openTestAccount({ now: Date.now, clock: 'manual' })
    const before = account.emulator.clock()
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(account.emulator.clock()).toEqual({ ...before, mode: 'manual' })
    account.emulator.advance(7)
    expect(account.emulator.clock().now_ms).toBe(before.now_ms + 7)
    await expect(openTestAccount({ clock: 'slow' as 'manual' })).rejects.toThrow(/real, manual/)
  })

  test('jobs that are due are done, and are forgotten after their day', async () => {
    await using account = await openTestAccount({ jobLatencyMs: [60_000, 60_000] })
    const posted = await account.call('POST', '/api/v2/users/create_or_update_many', { users: [{ name: 'A' }] })
    const show = () => account.call('GET', `/api/v2/job_statuses/${posted.json.job_status.id}`)
    account.emulator.advance(59_999)
    expect((await show()).json.job_status.status).toBe('working')
    account.emulator.advance(1)
    expect(account.emulator.stats()).toMatchObject({ jobs_in_flight: 0, users: 3 })
    expect((await show()).json.job_status).toMatchObject({ message: 'Completed at 2026-11-21 12:01:00 +0000' })
    account.emulator.advance(24 * 3_600_000 + 1)
    expect((await show()).status).toBe(404)
  })

  test('tokens, limits, the search index and times follow it', async () => {
    await using account = await openTestAccount({ plan: 'team', searchLagMs: 60_000 })
    const { emulator } = account
    const { json } = await account.call('POST', '/oauth/tokens', {
      grant_type: 'client_credentials',
      client_id: emulator.clientId,
      client_secret: emulator.clientSecret,
      scope: 'read write',
    })
    const authorization = `Bearer ${json.access_token}`
    const created = await account.call('POST', '/api/v2/users', { user: { name: 'Newcomer' } }, { authorization })
    expect(created.json.user.created_at).toBe('2026-11-21T12:00:00Z')
    const search = async () => (await account.call('GET', '/api/v2/users/search?query=newcomer')).json.count
    expect(await search()).toBe(0)
    emulator.advance(60_000)
    expect(await search()).toBe(1)
    const me = () => account.call('GET', '/api/v2/users/me', undefined, { authorization })
    expect((await me()).headers.get('ratelimit-remaining')).toBe('198')
    emulator.advance(60_000)
    expect((await me()).headers.get('ratelimit-remaining')).toBe('199')
    emulator.advance(28 * 60_000)
    expect((await me()).status).toBe(401)
  })
})
