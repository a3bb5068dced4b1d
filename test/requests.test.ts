import { describe, expect, it } from 'vitest'
import { type Bench, type BenchOptions, openBench, type SourceRow } from './project-bench.ts'
import { closedAfterEach, people } from './sample-people.ts'

let bench: Bench
const openOne = closedAfterEach(openBench)

async function open(destination: Record<string, unknown> = {}, options: BenchOptions = {}): Promise<void> {
  bench = await openOne({ ...options, destination: { confirm: 'none', ...destination } })
}

describe('requests of each kind of change, for 100 people', () => {
  const none = () => ({})
  const notes = (text: string) => () => ({ notes: text })
  const kinds: [string, Record<string, unknown>, (n: number) => SourceRow, (n: number) => SourceRow, object][] = [
    ['a field', {}, notes('a'), notes('b'), { 'POST users/create_or_update_many': 1 }],
    ['nothing', {}, notes('a'), notes('a'), {}],
    [
      'email_change: add_secondary',
      { email_change: 'add_secondary' },
      none,
      (n) => ({ email: `new${n}@example.com` }),
      { 'POST users/create_or_update_many': 1 },
    ],
    [
      'email_change: replace_primary',
      { email_change: 'replace_primary' },
      none,
      (n) => ({ email: `new${n}@example.com` }),
      { 'GET users/N/identities': 100, 'PUT users/N/identities/N': 100 },
    ],
    [
      'phone_change: replace_primary',
      { phone_change: 'replace_primary' },
      (n) => ({ phone: `+1415555${1000 + n}` }),
      (n) => ({ phone: `+1415556${1000 + n}` }),
      { 'GET users/N/identities': 100, 'GET users/N': 100, 'PUT users/N/identities/N': 100 },
    ],
    [
      'tags: add',
      { tags: 'add' },
      () => ({ tags: 'a' }),
      () => ({ tags: 'b' }),
      { 'GET users/show_many': 1, 'PUT users/update_many': 1 },
    ],
    [
      'tags: replace',
      { tags: 'replace' },
      () => ({ tags: 'a' }),
      () => ({ tags: 'b' }),
      { 'POST users/create_or_update_many': 1 },
    ],
    [
      'organizations: add',
      { organizations: 'add' },
      () => ({ organization: 'Acme' }),
      () => ({ organization: 'Theirs' }),
      { 'GET organizations/search': 1, 'POST organization_memberships/create_many': 1 },
    ],
    [
      'live: always',
      { live: 'always' },
      notes('a'),
      notes('b'),
      { 'GET users/show_many': 1, 'POST users/create_or_update_many': 1 },
    ],
    [
      'confirm: sample',
      { confirm: 'sample' },
      notes('a'),
      notes('b'),
      { 'GET users/show_many': 1, 'POST users/create_or_update_many': 1 },
    ],
  ]

  /** What every run reads for its plan; questions after jobs depend on how long these take. */
  const always = ['POST /oauth/tokens', 'GET users/me', 'GET user_fields', 'GET account/settings', 'GET users']

  it.each(kinds)('%s', async (_what, settings, first, then, expected) => {
    await open(settings)
    bench.emulator.seed({ organizations: [{ name: 'Acme' }, { name: 'Theirs' }] })
    await bench.write(people(100, first))
    expect((await bench.run()).rows).toMatchObject({ created: 100 })
    bench.emulator.clearCalls()
    await bench.write(people(100, then))
    const summary = await bench.run()
    const sends = Object.keys(expected).length > 0
    expect(summary.rows).toMatchObject(sends ? { updated: 100 } : { unchanged: 100 })
    const counted: Record<string, number> = {}
    for (const call of bench.emulator.calls({})) {
      const path = call.path
        .replace('/api/v2/', '')
        .replace(/\?.*/, '')
        .replaceAll(/\d{5,}/g, 'N')
      counted[`${call.method} ${path}`] = (counted[`${call.method} ${path}`] ?? 0) + 1
    }
    const all = Object.values(counted).reduce((sum, count) => sum + count, 0)
    expect(summary.requests).toBe(all)
    delete counted['GET job_statuses/show_many']
    const planning = Object.fromEntries(always.map((call) => [call, 1]))
    // Before anything is sent, one request sees whether this is still the same account.
    const known = sends ? 1 : 0
    const reads = (expected as Record<string, number>)['GET users/show_many'] ?? 0
    expect(counted).toEqual({
      ...planning,
      ...expected,
      ...(known + reads === 0 ? {} : { 'GET users/show_many': known + reads }),
    })
  })
})
