import { type Bench, type BenchOptions, openBench } from './project-bench.ts'

/** A bench whose account can be changed behind Deskside's back, as agents do. */
export interface ProofBench extends Bench {
  /** Lets time pass in the account, so that what is changed next is changed later; a minute unless given. */
  later(ms?: number): void
  /** Changes a user as an agent would. */
  edit(externalId: string, user: Record<string, unknown>): Promise<void>
  /** GETs below /api/v2/users/show_many since the last `clearCalls`: people read back, a hundred each at most. */
  reads(): number
}

export async function openProofBench(options: BenchOptions = {}): Promise<ProofBench> {
  let aheadMs = 0
  const bench = await openBench({
    ...options,
    emulator: { now: () => Date.now() + aheadMs, singularUpsertLimits: false, ...options.emulator },
  })
  const { emulator } = bench
  return {
    ...bench,
    later: (ms = 60_000) => {
      aheadMs += ms
    },
    edit: async (externalId, user) => {
      const id = bench.user(externalId)?.id
      await bench.asAgent('PUT', `/api/v2/users/${id}`, { user })
    },
    reads: () => emulator.calls({ method: 'GET', path: 'users/show_many' }).length,
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
