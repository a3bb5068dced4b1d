import { describe, expect, it } from 'vitest'
import { type Bench, type BenchOptions, openBench } from './project-bench.ts'
import { closedAfterEach, expectSettled, people, person } from './sample-people.ts'

let bench: Bench
const openOne = closedAfterEach(openBench)

async function open(destination: Record<string, unknown> = {}, options: BenchOptions = {}): Promise<void> {
  bench = await openOne({ ...options, destination: { confirm: 'none', ...destination } })
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
    return { plan, summary, sent: bench.writes() }
  }

  it('add_secondary: the new address comes beside the old one, which stays primary', async () => {
    const { summary, sent } = await change('add_secondary')
    expect(summary.rows).toMatchObject({ updated: 2, failed: 0 })
    expect(addresses(1)).toEqual(['p1@example.com primary', 'new1@example.com'])
    expect(sent).toEqual(['POST users/create_or_update_many'])
    await expectSettled(bench, 2)
  })

  it('replace_primary: the new address takes the place of the old one, with one write a person and no mail (I10)', async () => {
    const { summary, sent } = await change('replace_primary')
    expect(summary.rows).toMatchObject({ updated: 2, failed: 0 })
    expect(addresses(1)).toEqual(['new1@example.com primary'])
    expect(sent).toEqual(['PUT users/N/identities/N', 'PUT users/N/identities/N'])
    await expectSettled(bench, 2)
  })

  it('replace_primary: an address that the person has already becomes primary, and the old one stays as a further one', async () => {
    await open({ email_change: 'replace_primary' })
    await bench.write(people(1))
    await bench.run()
    await bench.asAgent('POST', `/api/v2/users/${bench.user('C-1')?.id}/identities`, {
      identity: { type: 'email', value: 'new1@example.com', skip_verify_email: true },
    })
    await bench.write(people(1, moved))
    bench.emulator.clearCalls()
    await bench.run()
    expect(bench.writes()).toEqual(['PUT users/N/identities/N/make_primary'])
    expect(bench.user('C-1')?.emails).toEqual(['new1@example.com', 'p1@example.com'])
    await expectSettled(bench, 1)
  })

  it('replace_primary: who gets an earlier address back has it as primary again', async () => {
    await change('replace_primary')
    await bench.write(people(2))
    expect((await bench.run()).rows).toMatchObject({ updated: 2 })
    expect(addresses(1)).toEqual(['p1@example.com primary'])
    await expectSettled(bench, 2)
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
    expect(bench.writes()).toEqual([])
  })

  it('keep: nothing is sent, the plan says so, and another setting sends it later', async () => {
    const { plan, summary, sent } = await change('keep')
    expect(plan.notes).toEqual(['2 people have a new e-mail address, which is not sent (email_change: keep).'])
    expect(summary.rows).toMatchObject({ unchanged: 2 })
    expect(sent).toEqual([])
    expect(addresses(1)).toEqual(['p1@example.com primary'])
    await expectSettled(bench, 2)
    await bench.settings({ email_change: 'replace_primary' })
    expect((await bench.run()).rows).toMatchObject({ updated: 2 })
    expect(addresses(1)).toEqual(['new1@example.com primary'])
    await expectSettled(bench, 2)
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
    await expectSettled(bench, 1)
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
    expect(bench.writes()).toEqual(['POST users/create_or_update_many'])
    await bench.write([person(1, moved)])
    bench.emulator.clearCalls()
    const summary = await bench.run()
    return { summary, sent: bench.writes() }
  }

  it('add_secondary: the profile keeps the old number, and the new one comes beside it', async () => {
    const { summary, sent } = await change('add_secondary')
    expect(summary.rows).toMatchObject({ updated: 1 })
    expect(bench.user('C-1')?.phone).toBe(old.phone)
    expect(numbers(1)).toEqual([old.phone, moved.phone])
    expect(sent).toEqual(['POST users/create_or_update_many'])
    await expectSettled(bench, 1)
  })

  it('replace_primary: the new number takes the place of the old one, and goes back as well', async () => {
    const { summary, sent } = await change('replace_primary')
    expect(summary.rows).toMatchObject({ updated: 1 })
    expect(bench.user('C-1')?.phone).toBe(moved.phone)
    expect(numbers(1)).toEqual([moved.phone])
    expect(sent).toEqual(['PUT users/N/identities/N'])
    await expectSettled(bench, 1)
    await bench.write([person(1, old)])
    await bench.run()
    expect(bench.user('C-1')?.phone).toBe(old.phone)
    await bench.write([person(1, { phone: null })])
    bench.emulator.clearCalls()
    await bench.run()
    expect(bench.writes()).toEqual(['POST users/create_or_update_many'])
    expect(bench.user('C-1')?.phone ?? '').toBe('')
    await expectSettled(bench, 1)
  })

  it('keep: the old number stays, nothing is sent, and another setting sends it later', async () => {
    const { summary, sent } = await change('keep')
    expect(summary.rows).toMatchObject({ unchanged: 1 })
    expect(sent).toEqual([])
    expect(numbers(1)).toEqual([old.phone])
    await expectSettled(bench, 1)
    await bench.settings({ phone_change: 'replace_primary' })
    await bench.run()
    expect(bench.user('C-1')?.phone).toBe(moved.phone)
    await expectSettled(bench, 1)
  })
})
