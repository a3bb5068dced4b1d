import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyReadings, openTestAccount } from './test-account.ts'

const keys = fc.constantFrom('k1', 'K1', 'k2', 'k3')
const emails = fc.constantFrom('a@example.com', 'A@example.com', 'b@example.com', 'c@example.com', 'bad')
const phones = fc.constantFrom('+15550001', '+15550002', '')
const row = fc.record(
  { name: fc.constantFrom('N', 'M'), external_id: keys, email: emails, phone: phones, verified: fc.boolean() },
  { requiredKeys: [] },
)
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ users: fc.array(row, { minLength: 1, maxLength: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ remove: keys }) },
)

test('whatever is written, races included: an address has one owner, a person one primary, and every row one result', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.nat(99), anyReadings, async (steps, seed, settings) => {
      await using account = await openTestAccount({ seed, ...settings })
      for (const one of steps) {
        if ('remove' in one) account.emulator.deleteUser({ external_id: one.remove })
        else {
          const results = await account.upsert(...one.users)
          expect(results).toHaveLength(one.users.length)
          for (const [index, { status, id }] of results.entries()) {
            if (status === 'Failed') expect(id).toBe(index)
            else expect(account.emulator.state({ id, include_deleted: true }).total).toBe(1)
          }
        }
      }
      const { users } = account.emulator.state()
      const identities = users.flatMap((user) => user.identities.map(({ type, value }) => `${type} ${value}`))
      expect(new Set(identities).size).toBe(identities.length)
      for (const user of users) {
        const primary = user.identities.filter(({ type, primary }) => type === 'email' && primary)
        expect(primary).toHaveLength(user.emails.length > 0 ? 1 : 0)
        for (const email of user.emails) expect(account.emulator.state({ email }).users[0]?.id).toBe(user.id)
      }
    }),
    { numRuns: 60 },
  )
})

test('no races: rows of different people, sent one batch after the other, give one user a key', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 12 }), anyReadings, async (rows, settings) => {
      await using account = await openTestAccount(settings)
      for (const one of rows) await account.upsert(one)
      const { users } = account.emulator.state()
      const ids = users.flatMap(({ external_id }) => external_id?.toLowerCase() ?? [])
      expect(new Set(ids).size).toBe(ids.length)
      expect(account.emulator.stats().races).toBe(0)
    }),
    { numRuns: 40 },
  )
})
