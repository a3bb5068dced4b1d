import type { EmulatorOptions } from '../../src/emulator/index.ts'
import { type Bench, type BenchOptions, openBench, type SourceRow } from '../project-bench.ts'
import { accountOf, type HeldAccount } from './verdict.ts'

/** Work that is disturbed: what the account is given before, undisturbed, and what is given while something goes wrong. */
export interface Load {
  name: string
  options: BenchOptions
  /** Before anything is delivered. */
  prepare?: (bench: Bench) => void
  /** One source after the other, each followed by a run. */
  before: readonly SourceRow[][]
  /** What agents do before the last source comes. */
  meanwhile?: (bench: Bench) => void
  /** The source whose delivery is disturbed. */
  source: SourceRow[]
  /** external_ids of people whose rows the source breaks. */
  rejected: readonly string[]
  /** Nobody is sent twice unless a batch was in flight when the process ended. */
  isSentOnce: boolean
}

/** People may leave in numbers that the default takes for a mishap. */
const guards = { max_exits_percent: 'none' }

/** A project in which the disturbed command is the next one, and an account that is as slow as `emulator` says. */
export async function openLoad(load: Load, emulator: EmulatorOptions = {}): Promise<Bench> {
  const bench = await openBench(load.options)
  try {
    load.prepare?.(bench)
    for (const source of load.before) {
      await bench.write(source)
      const { problem } = await bench.run()
      if (problem !== null) throw new Error(`${load.name}: ${problem.message}`)
    }
    load.meanwhile?.(bench)
    await bench.write(load.source)
    bench.emulator.clearCalls()
    bench.emulator.seed({ settings: emulator })
    return bench
  } catch (error) {
    await bench.close()
    throw error
  }
}

const calmAccounts = new WeakMap<Load, Promise<HeldAccount>>()

/** What the account holds when nothing goes wrong. */
export function undisturbed(load: Load): Promise<HeldAccount> {
  const known = calmAccounts.get(load) ?? runUndisturbed(load)
  calmAccounts.set(load, known)
  return known
}

async function runUndisturbed(load: Load): Promise<HeldAccount> {
  const bench = await openLoad(load)
  try {
    await bench.run()
    return accountOf(bench)
  } finally {
    await bench.close()
  }
}

/** Every 50th row is a second address of the person before, every 80th has no name. */
export function firstLoad(rows: number): Load {
  const source = Array.from({ length: rows }, (_, index) => {
    const isSecond = index % 50 === 49
    const key = isSecond ? index - 1 : index
    return {
      external_id: `k${key}`,
      email: isSecond ? `second${key}@example.com` : `p${key}@example.com`,
      name: index % 80 === 0 ? null : `Person ${key}`,
      notes: `note ${key}`,
    }
  })
  return {
    name: 'first load',
    options: { destination: { limits: { users_per_second: 'none', api_budget: 'none', jobs_in_flight: 5 } } },
    before: [],
    source,
    rejected: source.filter((row) => row.name === null).map((row) => row.external_id),
    isSentOnce: true,
  }
}

/** Everybody has another note, every 10th another name too. */
export function allChanged(rows: number): Load {
  const version = (second: boolean) =>
    Array.from({ length: rows }, (_, index) => ({
      external_id: `k${index}`,
      email: `p${index}@example.com`,
      name: second && index % 10 === 0 ? `Renamed ${index}` : `Person ${index}`,
      notes: second ? `second ${index}` : `first ${index}`,
    }))
  return {
    name: 'everybody changed',
    options: { destination: { limits: { users_per_second: 'none', api_budget: 'none', jobs_in_flight: 5 } } },
    before: [version(false)],
    source: version(true),
    rejected: [],
    isSentOnce: true,
  }
}

/**
 * Everybody has another tag and a new organisation, every fifth another address, some are new, the last ones have left, and two
 * vanished from the account meanwhile.
 */
export function settingsAndExits(rows: number): Load {
  const version = (later: boolean) =>
    Array.from({ length: rows }, (_, index) => index)
      .filter((index) => (later ? index < rows - 10 : index >= 10))
      .map((index) => ({
        external_id: `k${index}`,
        email: later && index % 5 === 0 ? `moved${index}@example.com` : `p${index}@example.com`,
        name: `Person ${index}`,
        notes: later ? `later ${index}` : `early ${index}`,
        tags: later ? 'vip gold' : 'vip',
        organization: later ? `Later ${index % 3}` : 'First',
      }))
  return {
    name: 'tags, addresses, organizations, exits',
    options: {
      destination: {
        email_change: 'replace_primary',
        tags: 'add',
        organizations: 'create',
        on_exit: 'clear_fields',
        guards,
      },
    },
    prepare: ({ emulator }) => emulator.seed({ organizations: [{ name: 'Theirs' }] }),
    before: [version(false)],
    meanwhile: ({ emulator }) => {
      for (const index of [12, 18]) emulator.deleteUser({ external_id: `k${index}` })
    },
    source: version(true),
    rejected: [],
    isSentOnce: false,
  }
}

/** An account without bulk import: each user is a request of its own, one in a second. */
export function oneByOne(rows: number): Load {
  return {
    ...allChanged(rows),
    name: 'one by one',
    options: { emulator: { bulkImport: false }, destination: { without_bulk_import: 'one_by_one' } },
    before: [],
    isSentOnce: false,
  }
}

/** Half of the people have left, and are deleted. */
export function exits(rows: number): Load {
  const { options, before } = allChanged(rows)
  const [all = []] = before
  return {
    name: 'exits',
    options: { ...options, destination: { ...options.destination, on_exit: 'delete', guards } },
    before: [all],
    source: all.filter((_, index) => index % 2 === 0),
    rejected: [],
    isSentOnce: false,
  }
}
