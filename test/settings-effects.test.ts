import { afterEach, describe, expect, it } from 'vitest'
import { type Bench, type BenchOptions, openBench, type SourceRow } from './project-bench.ts'

let bench: Bench
const benches: Bench[] = []

afterEach(async () => {
  for (const one of benches.splice(0)) await one.close()
})

async function open(destination: Record<string, unknown> = {}, options: BenchOptions = {}): Promise<void> {
  bench = await openBench({ ...options, destination: { confirm: 'none', ...destination } })
  benches.push(bench)
}

function person(n: number, more: SourceRow = {}): SourceRow {
  return { external_id: `C-${n}`, email: `p${n}@example.com`, name: `Person ${n}`, ...more }
}

function people(count: number, more: (n: number) => SourceRow = () => ({})): SourceRow[] {
  return Array.from({ length: count }, (_, index) => person(index + 1, more(index + 1)))
}

/** Requests that change something, since the last `clearCalls`; ids in paths become `N`. */
function writes(): string[] {
  return bench.emulator
    .calls({})
    .filter((call) => call.method !== 'GET' && !call.path.startsWith('/oauth'))
    .map((call) => `${call.method} ${call.path.replace('/api/v2/', '').replaceAll(/\d{5,}/g, 'N')}`)
}

/** The same run once more sends nothing (I5), and nobody got a mail (I10). */
async function expectSettled(total: number): Promise<void> {
  bench.emulator.clearCalls()
  expect(await bench.run()).toMatchObject({ status: 'completed', rows: { total, unchanged: total } })
  expect(writes()).toEqual([])
  expect(bench.emulator.mail()).toEqual([])
}

/** What an agent does in the account. */
async function agent(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const { url, email, apiToken } = bench.emulator
  const answer = await fetch(`${url}/api/v2/${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${email}/token:${apiToken}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  expect(answer.status).toBeLessThan(300)
  return (await answer.json()) as Record<string, unknown>
}

const addresses = (n: number) =>
  bench
    .user(`C-${n}`)
    ?.identities.filter(({ type }) => type === 'email')
    .map(({ value, primary, verified }) => `${value}${primary ? ' primary' : ''}${verified ? ' verified' : ''}`)

const numbers = (n: number) =>
  bench
    .user(`C-${n}`)
    ?.identities.filter(({ type }) => type === 'phone_number')
    .map(({ value }) => value)

describe('email_change', () => {
  const moved = (n: number) => ({ email: `new${n}@example.com` })

  async function change(setting: string, more: Record<string, unknown> = {}) {
    await open({ email_change: setting, ...more })
    await bench.write(people(2))
    await bench.run()
    await bench.write(people(2, moved))
    bench.emulator.clearCalls()
    const plan = await bench.plan()
    const summary = await bench.run({ planId: plan.plan_id })
    return { plan, summary, sent: writes() }
  }

  it('add_secondary: the new address comes beside the old one, which stays primary', async () => {
    const { summary, sent } = await change('add_secondary')
    expect(summary.rows).toMatchObject({ updated: 2, failed: 0 })
    expect(addresses(1)).toEqual(['p1@example.com primary', 'new1@example.com'])
    expect(sent).toEqual(['POST users/create_or_update_many'])
    await expectSettled(2)
  })

  it('replace_primary: the new address takes the place of the old one, with one write a person', async () => {
    const { summary, sent } = await change('replace_primary')
    expect(summary.rows).toMatchObject({ updated: 2, failed: 0 })
    expect(addresses(1)).toEqual(['new1@example.com primary'])
    expect(sent).toEqual(['PUT users/N/identities/N', 'PUT users/N/identities/N'])
    await expectSettled(2)
  })

  it('replace_primary: an address that the person has already becomes primary, and the old one stays as a further one', async () => {
    await open({ email_change: 'replace_primary' })
    await bench.write(people(1))
    await bench.run()
    await agent('POST', `users/${bench.user('C-1')?.id}/identities`, {
      identity: { type: 'email', value: 'new1@example.com', skip_verify_email: true },
    })
    await bench.write(people(1, moved))
    bench.emulator.clearCalls()
    await bench.run()
    expect(writes()).toEqual(['PUT users/N/identities/N/make_primary'])
    expect(bench.user('C-1')?.emails).toEqual(['new1@example.com', 'p1@example.com'])
    await expectSettled(1)
  })

  it('replace_primary: who gets an earlier address back has it as primary again', async () => {
    await change('replace_primary')
    await bench.write(people(2))
    expect((await bench.run()).rows).toMatchObject({ updated: 2 })
    expect(addresses(1)).toEqual(['p1@example.com primary'])
    await expectSettled(2)
    // And somebody else may have the one that is free.
    await bench.write([...people(2), person(3, { email: 'new1@example.com' })])
    expect((await bench.run()).rows).toMatchObject({ created: 1, unchanged: 2 })
  })

  it('replace_primary: further addresses of a person stay further ones', async () => {
    await open({ email_change: 'replace_primary' })
    await bench.write([person(1), person(1, { email: 'second@example.com' })])
    await bench.run()
    await bench.write([
      person(1, moved(1)),
      person(1, { email: 'second@example.com' }),
      person(1, { email: 'third@example.com' }),
    ])
    expect((await bench.run()).rows).toMatchObject({ updated: 1, merged: 2, failed: 0 })
    expect(bench.user('C-1')?.emails).toEqual(['new1@example.com', 'second@example.com', 'third@example.com'])
    bench.emulator.clearCalls()
    expect((await bench.run()).rows).toMatchObject({ unchanged: 1, merged: 2 })
    expect(writes()).toEqual([])
  })

  it('keep: nothing is sent, the plan says so, and another setting sends it later', async () => {
    const { plan, summary, sent } = await change('keep')
    expect(plan.notes).toEqual(['2 people have a new e-mail address, which is not sent (email_change: keep).'])
    expect(summary.rows).toMatchObject({ unchanged: 2 })
    expect(sent).toEqual([])
    expect(addresses(1)).toEqual(['p1@example.com primary'])
    await expectSettled(2)
    await bench.settings({ email_change: 'replace_primary' })
    expect((await bench.run()).rows).toMatchObject({ updated: 2 })
    expect(addresses(1)).toEqual(['new1@example.com primary'])
    await expectSettled(2)
  })

  it.each([
    ['add_secondary', ['p1@example.com primary verified', 'new1@example.com verified']],
    ['replace_primary', ['new1@example.com primary verified']],
    ['keep', ['p1@example.com primary verified']],
  ])(
    '%s with mark_verified: every address that is sent is verified, and nobody gets a mail',
    async (setting, expected) => {
      await change(setting, { mark_verified: true })
      expect(addresses(1)).toEqual(expected)
      expect(bench.emulator.mail()).toEqual([])
    },
  )

  it.each([
    ['add_secondary', ['p1@example.com primary verified', 'new1@example.com verified']],
    ['replace_primary', ['new1@example.com primary verified']],
  ])('%s with a column verified: the new address is what the column says', async (setting, expected) => {
    await open({ email_change: setting })
    await bench.write(people(1, () => ({ verified: 'true' })))
    await bench.run()
    await bench.write(people(1, (n) => ({ verified: 'true', ...moved(n) })))
    await bench.run()
    expect(addresses(1)).toEqual(expected)
    await expectSettled(1)
  })
})

describe('phone_change', () => {
  const old = { phone: '+14155550132' }
  const moved = { phone: '+14155550199' }

  async function change(setting: string) {
    await open({ phone_change: setting })
    await bench.write([person(1, old)])
    await bench.run()
    // A first number goes with the person.
    expect(writes()).toEqual(['POST users/create_or_update_many'])
    await bench.write([person(1, moved)])
    bench.emulator.clearCalls()
    const summary = await bench.run()
    return { summary, sent: writes() }
  }

  it('add_secondary: the profile keeps the old number, and the new one comes beside it', async () => {
    const { summary, sent } = await change('add_secondary')
    expect(summary.rows).toMatchObject({ updated: 1 })
    expect(bench.user('C-1')?.phone).toBe(old.phone)
    expect(numbers(1)).toEqual([old.phone, moved.phone])
    expect(sent).toEqual(['POST users/create_or_update_many'])
    await expectSettled(1)
  })

  it('replace_primary: the new number takes the place of the old one, and goes back as well', async () => {
    const { summary, sent } = await change('replace_primary')
    expect(summary.rows).toMatchObject({ updated: 1 })
    expect(bench.user('C-1')?.phone).toBe(moved.phone)
    expect(numbers(1)).toEqual([moved.phone])
    expect(sent).toEqual(['PUT users/N/identities/N'])
    await expectSettled(1)
    await bench.write([person(1, old)])
    await bench.run()
    expect(bench.user('C-1')?.phone).toBe(old.phone)
    await bench.write([person(1, { phone: null })])
    bench.emulator.clearCalls()
    await bench.run()
    expect(writes()).toEqual(['POST users/create_or_update_many'])
    expect(bench.user('C-1')?.phone ?? '').toBe('')
    await expectSettled(1)
  })

  it('keep: the old number stays, nothing is sent, and another setting sends it later', async () => {
    const { summary, sent } = await change('keep')
    expect(summary.rows).toMatchObject({ unchanged: 1 })
    expect(sent).toEqual([])
    expect(numbers(1)).toEqual([old.phone])
    await expectSettled(1)
    await bench.settings({ phone_change: 'replace_primary' })
    await bench.run()
    expect(bench.user('C-1')?.phone).toBe(moved.phone)
    await expectSettled(1)
  })
})
