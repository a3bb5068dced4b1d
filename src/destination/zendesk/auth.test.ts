import { describe, expect, it } from 'vitest'
import { Secret } from '../../config.ts'
import { authorise, renewalDelayMs } from './auth.ts'
import type { HttpAnswer } from './http.ts'
import type { ZendeskCredential } from './settings.ts'
import { jumpingClock } from './test-account.ts'

const oauth: ZendeskCredential = { type: 'zendesk_oauth', client_id: 'deskside', client_secret: new Secret('hunter2') }
const token: ZendeskCredential = { type: 'zendesk', email: 'jane@example.com', api_token: new Secret('hunter2') }

/** A token endpoint that gives `t1`, `t2`, ... and counts. */
function tokenEndpoint(answer: (number: number) => { status: number; body: object } = ok) {
  const asked: string[] = []
  return {
    asked,
    post: async (body: string): Promise<HttpAnswer> => {
      asked.push(body)
      const given = answer(asked.length)
      return { status: given.status, headers: new Map(), text: JSON.stringify(given.body), complete: true }
    },
  }
}

function ok(number: number) {
  return { status: 201, body: { access_token: `t${number}`, token_type: 'bearer', expires_in: 1_800 } }
}

describe('API tokens', () => {
  it('are sent as Basic, and a refusal is final', async () => {
    const auth = authorise(token, async () => expect.fail('no token is asked for'), jumpingClock())
    expect(await auth.header()).toBe(`Basic ${Buffer.from('jane@example.com/token:hunter2').toString('base64')}`)
    const error = await auth.refused(await auth.header(), 'hunter2 is wrong').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'zendesk.credentials_rejected',
      message: expect.not.stringContaining('hunter2'),
    })
  })
})

describe('OAuth clients', () => {
  it('ask once for all who need a token', async () => {
    const endpoint = tokenEndpoint()
    const auth = authorise(oauth, endpoint.post, jumpingClock())
    expect(await Promise.all([auth.header(), auth.header(), auth.header()])).toEqual([
      'Bearer t1',
      'Bearer t1',
      'Bearer t1',
    ])
    expect(await auth.header()).toBe('Bearer t1')
    expect(endpoint.asked.map((body) => JSON.parse(body))).toEqual([
      { grant_type: 'client_credentials', client_id: 'deskside', client_secret: 'hunter2', scope: 'read write' },
    ])
  })

  it('renew before the token ends', async () => {
    const clock = jumpingClock()
    const auth = authorise(oauth, tokenEndpoint().post, clock)
    await auth.header()
    clock.nowMs = 1_739_999
    expect(await auth.header()).toBe('Bearer t1')
    clock.nowMs = 1_740_000
    expect(await auth.header()).toBe('Bearer t2')
  })

  it.each([
    [1_800, 1_740_000],
    [300, 240_000],
    [10, 8_000],
    [null, Number.POSITIVE_INFINITY],
  ])('a token of %s s is renewed after %s ms', (seconds, delayMs) => expect(renewalDelayMs(seconds)).toBe(delayMs))

  it('renew once on a refusal, together', async () => {
    const endpoint = tokenEndpoint()
    const auth = authorise(oauth, endpoint.post, jumpingClock())
    const header = await auth.header()
    auth.accepted(header)
    await Promise.all([auth.refused(header, 'x'), auth.refused(header, 'x')])
    await auth.refused(header, 'an answer that came late')
    expect(await auth.header()).toBe('Bearer t2')
    expect(endpoint.asked).toHaveLength(2)
  })

  it('give up when a renewed token is refused before it ever worked', async () => {
    const auth = authorise(oauth, tokenEndpoint().post, jumpingClock())
    await auth.refused(await auth.header(), 'x')
    await expect(auth.refused(await auth.header(), 'x')).rejects.toMatchObject({ code: 'zendesk.token_expired' })
  })

  it('renew again after a token that worked', async () => {
    const auth = authorise(oauth, tokenEndpoint().post, jumpingClock())
    for (let round = 0; round < 3; round++) {
      const header = await auth.header()
      await auth.refused(header, 'x')
      auth.accepted(await auth.header())
    }
    expect(await auth.header()).toBe('Bearer t4')
  })

  it('try again after a token that could not be had', async () => {
    const auth = authorise(
      oauth,
      tokenEndpoint((number) => (number === 1 ? { status: 200, body: {} } : ok(number))).post,
      jumpingClock(),
    )
    await expect(auth.header()).rejects.toMatchObject({ code: 'zendesk.unexpected_answer' })
    expect(await auth.header()).toBe('Bearer t2')
  })

  it.each([400, 401, 403])('name a client that Zendesk refuses with %s, without the secret', async (status) => {
    const body = { error: 'invalid_client', error_description: 'hunter2 is wrong' }
    const auth = authorise(oauth, tokenEndpoint(() => ({ status, body })).post, jumpingClock())
    const error = await auth.header().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'zendesk.credentials_rejected' })
    expect(JSON.stringify(error)).not.toContain('hunter2')
  })

  it('say the same to requests that are refused one after the other, while the client gets no token', async () => {
    const body = { error: 'invalid_client' }
    const endpoint = tokenEndpoint((number) => (number === 1 ? ok(number) : { status: 401, body }))
    const auth = authorise(oauth, endpoint.post, jumpingClock())
    const header = await auth.header()
    for (let request = 0; request < 3; request++) {
      await expect(auth.refused(header, 'x')).rejects.toMatchObject({ code: 'zendesk.credentials_rejected' })
    }
  })

  it('take no token that would corrupt a header', async () => {
    const auth = authorise(
      oauth,
      tokenEndpoint(() => ({ status: 201, body: { access_token: 'a\r\nb: c' } })).post,
      jumpingClock(),
    )
    await expect(auth.header()).rejects.toMatchObject({ code: 'zendesk.unexpected_answer' })
  })
})
