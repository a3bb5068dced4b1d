import { afterAll, describe, expect, it } from 'vitest'
import type { Fault } from '../../src/emulator/index.ts'
import { isFull } from '../full-set.ts'
import { hurriedRun } from '../hurried-run.ts'
import { randomFrom, seedOf } from '../random.ts'
import { faultsOn, requestKinds, undisturbed, withScenario } from './scenario.ts'
import { dated, type Failure, failures } from './shapes-of-failure.ts'
import { expectUndisturbed, timeLost } from './verdict.ts'

/** What each fault cost, printed at the end. */
const costs: string[] = []
afterAll(() => console.log(['seconds of waiting that were announced, requests', ...costs.sort()].join('\n')))

const provoking = new Set<Fault | undefined>(requestKinds.map(({ provoke }) => provoke))

/**
 * Runs the scenario under faults, and holds the end against that of an undisturbed run. Every fault strikes; but what is to provoke a
 * request need not, when another fault has done so before.
 */
async function judge(name: string, faults: readonly Fault[], lostMs: number): Promise<void> {
  await withScenario(async (bench) => {
    bench.emulator.faults(...faults)
    const { summary, events } = await hurriedRun(bench)
    const idle = bench.emulator.faults().filter(({ left }, at) => left !== 0 && !provoking.has(faults[at]))
    expect(idle).toEqual([])
    bench.emulator.clearFaults()
    const lost = timeLost(events)
    costs.push(`${name}: ${(lost / 1_000).toFixed(1)} s, ${summary.requests}`)
    const expectedAccount = await undisturbed()
    await expectUndisturbed({ bench, summary, expectedAccount, outputs: [JSON.stringify(events)] })
    expect(lost).toBeLessThanOrEqual(lostMs)
  })
}

interface Strike {
  name: string
  faults: Fault[]
  lostMs: number
}

/** Kind number n with this failure. What provokes the kind may cost the two looks at the list of jobs. */
function strike(at: number, { name, fault, lostMs }: Failure): Strike {
  const kind = requestKinds[at % requestKinds.length]!
  return {
    name: `${kind.name}: ${name}`,
    faults: faultsOn(kind, dated(fault)),
    lostMs: lostMs + (kind.provoke === undefined ? 0 : 5_000),
  }
}

/** Kind number n with the wrong types of variant number m. */
function mistyped(at: number, variant: number): Strike {
  const choices = requestKinds[at]!.mistyped
  const replace = choices[variant % choices.length]!
  return strike(at, { name: JSON.stringify(replace), fault: { kind: 'mistyped', replace }, lostMs: 5_000 })
}

/** What provokes comes last: it must not take the only request of another failure, which may provoke the same. */
function together(strikes: readonly Strike[]): [faults: Fault[], lostMs: number] {
  const faults = strikes.flatMap(({ faults }) => faults)
  return [
    [...faults.filter((one) => !provoking.has(one)), ...faults.filter((one) => provoking.has(one))],
    strikes.reduce((sum, { lostMs }) => sum + lostMs, 0),
  ]
}

const kinds = requestKinds.map((_, at) => at)
/** In each round every kind of request goes wrong once, each in another way; the rounds have every failure several times. */
const rounds = (isFull ? [0, 6, 12, 18] : [0]).map((offset) => ({
  name: `round ${offset}`,
  strikes: kinds.map((at) => strike(at, failures[(at + offset) % failures.length]!)),
}))
/** An answer to a bulk import whose status has a wrong type still has its job: nobody is in doubt, and nobody asks for the list. */
const isAsked = (at: number, variant: number) => variant !== 3 || requestKinds[at]!.name !== 'list of jobs'
const typeRounds = (isFull ? [0, 1, 2, 3, 4] : [0]).map((variant) => ({
  name: `wrong types ${variant}`,
  strikes: kinds.filter((at) => isAsked(at, variant)).map((at) => mistyped(at, variant)),
}))

describe.concurrent('requests that go wrong leave what an undisturbed run leaves (I1, I2, I4, I9)', () => {
  it.each([...rounds, ...typeRounds])(
    'every kind of request once: $name',
    async ({ name, strikes }) => judge(name, ...together(strikes)),
    120_000,
  )
})

const product = isFull
  ? kinds.flatMap((at) => [
      ...failures.map((failure) => strike(at, failure)),
      ...requestKinds[at]!.mistyped.map((_, variant) => mistyped(at, variant)),
    ])
  : []

describe.runIf(isFull).concurrent('one request that goes wrong (full: DESKSIDE_FAULTS=full)', () => {
  it.each(product)('$name', async ({ name, faults, lostMs }) => judge(name, faults, lostMs), 120_000)
})

describe.runIf(isFull).concurrent('any requests that go wrong in any ways (full: DESKSIDE_FAULTS=full)', () => {
  const seed = seedOf('network faults')
  it.each(Array.from({ length: isFull ? 60 : 0 }, (_, index) => seed + index))(
    'seed %d',
    async (one) => {
      const random = randomFrom(one)
      const draw = (count: number) => Math.floor(random() * count)
      const struck = new Set(Array.from({ length: 2 + draw(6) }, () => draw(requestKinds.length)))
      const strikes = [...struck].map((at) => strike(at, failures[draw(failures.length)]!))
      await judge(`seed ${one}: ${strikes.map(({ name }) => name).join(', ')}`, ...together(strikes))
    },
    120_000,
  )
})
