import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AccountRequest, EmulatedAccount } from './emulated-account.ts'

export const personFields = [
  { key: 'city', type: 'text', title: 'City' },
  { key: 'orders', type: 'integer', title: 'Orders' },
]

/** An account and a project that delivers the people of a CSV file to it. */
export async function openPeople(
  emulator: readonly string[],
  limits: Record<string, unknown> = { users_per_second: 'none', api_budget: 'none', jobs_in_flight: 'none' },
): Promise<EmulatedAccount> {
  const request: AccountRequest = {
    emulator,
    destination: { limits },
    tables: { people: { path: 'people.csv', types: 'text' } },
    queries: { people: 'SELECT * FROM people ORDER BY external_id' },
    userFields: personFields,
  }
  return await EmulatedAccount.open(request)
}

/** Replaces the source by `people` people. Another `round` changes two fields of each, or of every `nth`. */
export async function writePeople(account: EmulatedAccount, people: number, round: number, nth = 1): Promise<void> {
  const lines = ['external_id,email,name,phone,user_fields.city,user_fields.orders']
  for (let n = 1; n <= people; n += 1) {
    const { external_id, email, name, phone, user_fields } = personOf(n, n % nth === 0 ? round : 0)
    lines.push(`${external_id},${email},${name},${phone},${user_fields.city},${user_fields.orders}`)
  }
  await writeFile(join(account.dir, 'people.csv'), `${lines.join('\n')}\n`)
}

export function personOf(n: number, round: number) {
  return {
    external_id: `c-${String(n).padStart(8, '0')}`,
    email: `person${n}@example.com`,
    name: `Person Number ${n}`,
    phone: `+1415555${String(n % 10_000).padStart(4, '0')}`,
    user_fields: { city: `City ${n % 500} round ${round}`, orders: (n % 40) + round },
  }
}
