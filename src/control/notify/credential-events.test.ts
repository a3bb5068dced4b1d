import { expect, test } from 'vitest'
import { type CredentialHealth, expiryHappenings, healthHappenings } from './credential-events.ts'

const credential = { key: 'zendesk', name: 'Main token', orchestrations: ['north', 'south'] }
const health = (state: CredentialHealth['state'], code: string | null = null, hour = 1): CredentialHealth => ({
  state,
  problem: code === null ? null : { code, message: 'No.', fix: 'Renew it.' },
  checkedAt: new Date(Date.UTC(2027, 0, 1, hour)),
})

test.each([
  [null, health('works'), []],
  [null, health('broken', 'zendesk.token_expired'), ['credential_broken']],
  [health('unknown'), health('works'), []],
  [health('works'), health('works'), []],
  [health('works'), health('broken', 'zendesk.token_expired'), ['credential_broken']],
  [health('broken', 'zendesk.token_expired'), health('broken', 'zendesk.token_expired', 2), []],
  [health('broken', 'zendesk.token_expired'), health('broken', 'zendesk.anonymous', 2), ['credential_broken']],
  [health('broken', 'zendesk.token_expired'), health('unknown', null, 2), []],
  [health('broken', 'zendesk.token_expired'), health('works', null, 2), ['credential_works']],
])('health %j, then %j, is told as %j', (before, after, told) => {
  expect(healthHappenings({ credential, before, after }).map(({ event }) => event)).toEqual(told)
})

test('a broken credential names who uses it, the problem and its page', () => {
  const [broken] = healthHappenings({ credential, before: null, after: health('broken', 'zendesk.token_expired') })
  expect(broken).toMatchObject({
    about: 'credential/zendesk/credential_broken/2027-01-01T01:00:00.000Z',
    severity: 'error',
    title: 'The credential Main token is not accepted any more',
    text: 'Orchestrations that use it: north, south.\nProblem zendesk.token_expired: No.\nWhat to do: Renew it.',
    link: '/credentials/zendesk',
    touches: ['north', 'south'],
  })
})

const day = (text: string) => new Date(`${text}T00:00:00Z`)
const token = { ...credential, type: 'zendesk_api_token', expiresAt: null, lastUsedAt: null }
const oauth = { ...credential, type: 'zendesk_oauth', expiresAt: day('2027-03-01'), lastUsedAt: null }

test.each([
  ['2027-01-29', []],
  ['2027-01-30', ['2027-03-01/30']],
  ['2027-02-21', ['2027-03-01/30']],
  ['2027-02-22', ['2027-03-01/7']],
  ['2027-02-28', ['2027-03-01/1']],
  ['2027-03-05', ['2027-03-01/1']],
])('on %s, a credential that ends on 2027-03-01 is told as %j', (at, told) => {
  const abouts = expiryHappenings(oauth, day(at)).map(({ about }) => about)
  expect(abouts).toEqual(told.map((mark) => `credential/zendesk/credential_expires/${mark}`))
})

test.each([
  ['2027-03-30', []],
  ['2027-03-31', ['2027-04-30/30']],
  ['2027-04-23', ['2027-04-30/7']],
  ['2027-04-29', ['2027-04-30/1']],
])('on %s, the end of all API tokens is told as %j', (at, told) => {
  const abouts = expiryHappenings(token, day(at)).map(({ about }) => about)
  expect(abouts).toEqual(told.map((mark) => `credential/zendesk/credential_expires/${mark}`))
  expect(expiryHappenings({ ...token, type: 'zendesk_oauth' }, day(at))).toEqual([])
})

test.each([
  ['2027-01-23', []],
  ['2027-01-24', ['idle since 2027-01-01/7']],
  ['2027-01-30', ['idle since 2027-01-01/1']],
  ['2027-01-31', ['idle since 2027-01-01/0']],
  ['2027-02-20', ['idle since 2027-01-01/0']],
])('on %s, an API token that was last used on 2027-01-01 is told as %j', (at, told) => {
  const used = { ...token, lastUsedAt: day('2027-01-01') }
  const abouts = expiryHappenings(used, day(at)).map(({ about }) => about)
  expect(abouts).toEqual(told.map((mark) => `credential/zendesk/credential_expires/${mark}`))
  expect(expiryHappenings({ ...used, type: 'zendesk_oauth' }, day(at))).toEqual([])
})
