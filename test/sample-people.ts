import { afterEach, expect } from 'vitest'
import type { Bench, SourceRow } from './project-bench.ts'

/** Person number n as a row of the source. */
export function person(n: number, more: SourceRow = {}): SourceRow {
  return { external_id: `C-${n}`, email: `p${n}@example.com`, name: `Person ${n}`, ...more }
}

/** Persons 1 to `count`. */
export function people(count: number, more: (n: number) => SourceRow = () => ({})): SourceRow[] {
  return Array.from({ length: count }, (_, index) => person(index + 1, more(index + 1)))
}

/** Opens things that are closed behind each test of the file. */
export function closedAfterEach<O, T extends { close(): Promise<void> }>(
  open: (options?: O) => Promise<T>,
): (options?: O) => Promise<T> {
  const opened: T[] = []
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close()
  })
  return async (options) => {
    const one = await open(options)
    opened.push(one)
    return one
  }
}

/** The same run once more sends nothing (I5), and nobody got a mail (I10). */
export async function expectSettled(bench: Bench, total: number): Promise<void> {
  bench.emulator.clearCalls()
  expect(await bench.run()).toMatchObject({ status: 'completed', rows: { total, unchanged: total } })
  expect(bench.writes()).toEqual([])
  expect(bench.emulator.mail()).toEqual([])
}
