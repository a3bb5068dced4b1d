import { basicAuthorization, connectAccount } from './account-client.ts'
import { type Bench, type BenchOptions, openBench } from './project-bench.ts'

/** A bench whose account can be changed behind Deskside's back, as agents do. */
export interface ProofBench extends Bench {
  /** Lets time pass in the account, so that what is changed next is changed later; a minute unless given. */
  later(ms?: number): void
  /** Changes a user as an agent would. */
  edit(externalId: string, user: Record<string, unknown>): Promise<void>
  /** Any other request of an agent. */
  asAgent(method: string, path: string, body?: unknown): Promise<unknown>
  /** GETs below /api/v2/users/show_many since the last `clearCalls`: people read back, a hundred each at most. */
  reads(): number
  /** Requests that write; asking for a token is none. */
  writes(): number
}

export async function openProofBench(options: BenchOptions = {}): Promise<ProofBench> {
  let aheadMs = 0
  const bench = await openBench({
    ...options,
    emulator: { now: () => Date.now() + aheadMs, singularUpsertLimits: false, ...options.emulator },
  })
  const { emulator } = bench
  const client = connectAccount(emulator.url, basicAuthorization(emulator.email, emulator.apiToken))
  const asAgent = async (method: string, path: string, body?: unknown) => {
    const answer = await client.call(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return answer.json
  }
  return {
    ...bench,
    later: (ms = 60_000) => {
      aheadMs += ms
    },
    asAgent,
    edit: async (externalId, user) => {
      const id = bench.user(externalId)?.id
      await asAgent('PUT', `/api/v2/users/${id}`, { user })
    },
    reads: () => emulator.calls({ method: 'GET', path: 'users/show_many' }).length,
    writes: () => emulator.calls().filter((call) => call.method !== 'GET' && call.path !== '/oauth/tokens').length,
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
