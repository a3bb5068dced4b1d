/** Loads of new people whom one bulk request after the other carries, and what must have become of them. */
import type { EmulatorOptions, Fault } from '../../src/emulator/index.ts'
import type { RunSummary } from '../../src/sync/report.ts'
import { type Bench, type BenchOptions, openBench, type SourceRow } from '../project-bench.ts'
import { expectUndisturbed, type HeldAccount, undisturbedAccount } from './verdict.ts'

const BULK = 'create_or_update_many'

const people = (count: number): SourceRow[] =>
  Array.from({ length: count }, (_, index) => ({
    external_id: `k${index + 1}`,
    email: `p${index + 1}@example.com`,
    name: `Person ${index + 1}`,
  }))

/** A bench with so many people in its source. */
export async function withBench<T>(
  count: number,
  options: BenchOptions,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const bench = await openBench(options)
  try {
    await bench.write(people(count))
    return await work(bench)
  } finally {
    await bench.close()
  }
}

export const onBulk = (fault: Omit<Fault, 'match'>): Fault => ({ ...fault, match: { path: BULK } })

export const bulkCalls = (bench: Bench) => bench.emulator.calls({ path: BULK })

/** An account in which somebody else has the address of the second person, whom Zendesk therefore refuses. */
export const refusing: { emulator: EmulatorOptions } = { emulator: { externalIdOnEmailMatch: 'refuse' } }
export const seedRefusal = (bench: Bench) =>
  bench.emulator.seed({ users: [{ name: 'Other', external_id: 'other', email: 'p2@example.com' }] })

const undisturbed = new Map<string, Promise<HeldAccount>>()

/** The whole verdict; of `failed` people Zendesk truly refuses the row. */
export async function expectRight(
  bench: Bench,
  summary: RunSummary,
  count: number,
  { failed = [], refuses = false }: { failed?: readonly string[]; refuses?: boolean } = {},
): Promise<void> {
  const key = `${count} ${refuses}`
  const prepare = (other: Bench) => void (refuses && seedRefusal(other))
  const expected = undisturbed.get(key) ?? undisturbedAccount(refuses ? refusing : {}, [people(count)], prepare)
  undisturbed.set(key, expected)
  await expectUndisturbed({ bench, summary, expectedAccount: await expected, failed })
}
