import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyReadings, openTestAccount, type TestAccount } from './test-account.ts'

const user = fc.integer({ min: 1, max: 3 })
const value = fc.constantFrom(
  'a@example.com',
  'A@example.com',
  'b@example.com',
  'c@example.com',
  '+15550001',
  '+15550002',
)
const index = fc.nat(3)
const step = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), user, value, primary: fc.boolean() }),
  fc.record({ kind: fc.constant('change' as const), user, index, value }),
  fc.record({ kind: fc.constantFrom('remove' as const, 'make_primary' as const), user, index }),
  fc.record({ kind: fc.constant('merge' as const), user, into: user }),
  fc.record({ kind: fc.constant('upsert' as const), user, value }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const keyOf = (text: string) => (text.startsWith('+') ? { phone: text } : { email: text })

async function take(account: TestAccount, one: Step): Promise<number> {
  const path = `/api/v2/users/${one.user}/identities`
  const identities = account.emulator.state({ id: one.user }).users[0]?.identities ?? []
  const identity = 'index' in one ? (identities[one.index]?.id ?? 5) : 5
  const type = 'value' in one && one.value.startsWith('+') ? 'phone_number' : 'email'
  switch (one.kind) {
    case 'create':
      return (await account.call('POST', path, { identity: { type, value: one.value, primary: one.primary } })).status
    case 'change': {
      const old = identities[one.index]
      if (old && old.type !== type) return 0
      return (await account.call('PUT', `${path}/${identity}`, { identity: { value: one.value } })).status
    }
    case 'remove':
      return (await account.call('DELETE', `${path}/${identity}`)).status
    case 'make_primary':
      return (await account.call('PUT', `${path}/${identity}/make_primary`)).status
    case 'merge':
      return (await account.call('PUT', `/api/v2/users/${one.user}/merge`, { user: { id: one.into } })).status
    case 'upsert': {
      const users = [{ name: 'N', external_id: `e${one.user}`, ...keyOf(one.value) }]
      return (await account.call('POST', '/api/v2/users/create_or_update_many', { users })).status
    }
  }
}

test('whatever is done to identities, merges and jobs between: a value has one owner, a type one primary', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 10 }), anyReadings, async (steps, settings) => {
      await using account = await openTestAccount({ jobLatencyMs: [300, 900], ...settings })
      account.emulator.seed({ users: [1, 2, 3].map((id) => ({ id, name: `P${id}`, external_id: `e${id}` })) })
      for (const one of steps) {
        expect([0, 200, 201, 204, 404, account.emulator.state().settings.duplicateIdentityStatus, 422]).toContain(
          await take(account, one),
        )
        account.pass(250)
      }
      account.pass(1000)
      const { users } = account.emulator.state()
      const held = users.flatMap(({ identities }) => identities.map(({ type, value }) => `${type} ${value}`))
      expect(new Set(held).size).toBe(held.length)
      for (const { id, emails, identities } of users) {
        const primaries = (type: string) => identities.filter((one) => one.type === type && one.primary)
        expect(primaries('email')).toHaveLength(emails.length > 0 ? 1 : 0)
        expect(primaries('phone_number').length).toBeLessThanOrEqual(1)
        for (const email of emails) expect(account.emulator.state({ email }).users[0]?.id).toBe(id)
      }
    }),
    { numRuns: 80 },
  )
})
