import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JobFaultKind, jobFaultKinds } from '../../src/emulator/faults.ts'
import type { Fault, StateUser } from '../../src/emulator/index.ts'
import type { RunSummary, WorkflowEvent } from '../../src/sync/report.ts'
import { startCli } from '../cli-child.ts'
import { isFull } from '../full-set.ts'
import { hurriedRun, type TimedEvent } from '../hurried-run.ts'
import { type Bench, openBench, type SourceRow } from '../project-bench.ts'
import { seedOf } from '../random.ts'
import { faultsOn, requestKinds } from './scenario.ts'
import { dated, failures } from './shapes-of-failure.ts'
import { expectNoSecret, expectOutcomes } from './verdict.ts'

/**
 * Whatever happens in whatever order: the source changes, runs meet faults, are killed or stopped, agents edit a field of theirs. The model
 * says what the account must hold after each run that completes, and what must never be there in between.
 */

const KEYS = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8']

/** One person of the source; without a name the row is broken. */
interface Row {
  key: string
  name: string | null
  notes: string | null
}

/** How a run is disturbed from outside, at the first event of this type and so many milliseconds later. */
interface Disturbance {
  how: 'abort' | 'stop' | 'kill'
  at: WorkflowEvent['type']
  delayMs: number
}

type Step =
  | { do: 'edit'; rows: Row[] }
  | { do: 'agent'; key: string }
  | { do: 'run'; faults: number[]; disturbance: Disturbance | null }

/** The faults that a run may meet; requests that this source does not cause are left out. */
const requests = ['token', 'who we are', 'user fields', 'agents', 'bulk import', 'poll', 'list of jobs', 'confirming']
const table: { name: string; faults: () => Fault[] }[] = [
  ...requestKinds
    .filter(({ name }) => requests.includes(name))
    .flatMap((kind) => [
      ...failures.map(({ name, fault }) => ({
        name: `${kind.name}: ${name}`,
        faults: () => faultsOn(kind, dated(fault)),
      })),
      ...kind.mistyped.map((replace) => ({
        name: `${kind.name}: ${JSON.stringify(replace)}`,
        faults: () => faultsOn(kind, { kind: 'mistyped', replace }),
      })),
    ]),
  // Ids of new people are beyond what results can be held against; a job without end takes patience.
  ...jobFaultKinds
    .filter((kind) => kind !== 'results_foreign_ids' && kind !== 'job_stuck')
    .flatMap((kind) =>
      (['none', 'half', 'all'] as const).map((effect) => ({
        name: `${kind} ${effect}`,
        faults: (): Fault[] => [{ kind, effect }],
      })),
    ),
]
/** Zendesk truly does not do what a broken job of one row was to do. */
const breaking: ReadonlySet<string> = new Set<JobFaultKind>(['job_failed', 'job_killed'])

const rows = fc
  .tuple(
    ...KEYS.map((key) =>
      fc.option(
        fc.record({
          key: fc.constant(key),
          name: fc.option(fc.constantFrom('Ann', 'Bo', 'Cy'), { freq: 9 }),
          notes: fc.option(fc.constantFrom('n1', 'n2'), { freq: 3 }),
        }),
        { freq: 4 },
      ),
    ),
  )
  .map((all) => all.filter((row) => row !== null))
  .filter((all) => all.length > 0)
const ways: Disturbance['how'][] = isFull ? ['abort', 'abort', 'stop', 'kill'] : ['abort', 'stop']
const moments: WorkflowEvent['type'][] = ['workflow', 'extracted', 'planned', 'progress', 'waiting']
const disturbance: fc.Arbitrary<Disturbance> = fc.record({
  how: fc.constantFrom(...ways),
  at: fc.constantFrom(...moments),
  delayMs: fc.constantFrom(0, 0, 5, 20, 80),
})
const disturbed: fc.Arbitrary<Disturbance | null> = fc.option(disturbance, { freq: 1, nil: null })
const run: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('run' as const),
  faults: fc.array(fc.nat(table.length - 1), { maxLength: 2 }),
  disturbance: disturbed,
})
const edit: fc.Arbitrary<Step> = fc.record({ do: fc.constant('edit' as const), rows })
const agent: fc.Arbitrary<Step> = fc.record({ do: fc.constant('agent' as const), key: fc.constantFrom(...KEYS) })
const steps = fc.array(fc.oneof({ weight: 4, arbitrary: run }, { weight: 2, arbitrary: edit }, agent), {
  minLength: 4,
  maxLength: 8,
})

const source = (all: readonly Row[]): SourceRow[] =>
  all.map(({ key, name, notes }) => ({ external_id: key, email: `${key.toLowerCase()}@example.com`, name, notes }))

class Model {
  readonly bench: Bench
  rows: Row[] = []
  /** What each run was planned from. */
  readonly planned = new Map<string, Row[]>()
  /** Every value that the source ever gave to somebody. */
  readonly given = new Map<string, { names: Set<string>; notes: Set<string> }>()
  /** What agents wrote into a field that the source does not have. */
  readonly details = new Map<string, string>()
  edits = 0

  constructor(bench: Bench) {
    this.bench = bench
  }

  async edit(all: Row[]): Promise<void> {
    this.rows = all
    for (const { key, name, notes } of all) {
      const given = this.given.get(key) ?? { names: new Set(), notes: new Set() }
      if (name !== null) given.names.add(name)
      if (name !== null && notes !== null) given.notes.add(notes)
      this.given.set(key, given)
    }
    await this.bench.write(source(all))
  }

  async act(key: string): Promise<void> {
    const user = this.bench.user(key)
    if (user === undefined) return
    const details = `agent ${++this.edits}`
    this.details.set(key, details)
    await this.bench.asAgent('PUT', `/api/v2/users/${user.id}`, { user: { details } })
  }

  /** What must hold at any time. */
  never(): void {
    const users = this.bench.users()
    const keys = users.map((user) => String(user.external_id))
    expect(new Set(keys).size).toBe(keys.length)
    const strange = users.filter((user) => !this.#isPossible(user))
    expect(strange.map(({ external_id, name, notes, details }) => ({ external_id, name, notes, details }))).toEqual([])
    expect(this.bench.emulator.stats().races).toBe(0)
    expect(this.bench.emulator.mail()).toEqual([])
  }

  #isPossible({ external_id, name, notes, details }: StateUser): boolean {
    const given = this.given.get(String(external_id))
    if (given === undefined || !given.names.has(name)) return false
    if (notes !== null && !given.notes.has(String(notes))) return false
    return (details ?? null) === (this.details.get(String(external_id)) ?? null)
  }

  /** What a run has come to, by itself and in the account. */
  async judge(summary: RunSummary, resumed: boolean, mayFail: boolean): Promise<void> {
    this.never()
    if (!resumed && !this.planned.has(summary.run_id)) this.planned.set(summary.run_id, this.rows)
    const records = await this.bench.records(summary.run_id)
    if (summary.rows.total > 0) expectOutcomes(summary, records)
    if (!summary.status.startsWith('completed')) return
    const planned = this.planned.get(summary.run_id)!
    const failed = new Set(records.filter(({ outcome }) => outcome === 'failed').map(({ external_id }) => external_id))
    if (!mayFail) expect([...failed]).toEqual([])
    expect(records.filter(({ outcome }) => outcome === 'rejected').map(({ external_id }) => external_id)).toEqual(
      planned.filter(({ name }) => name === null).map(({ key }) => key),
    )
    expect(summary.confirmed?.differing ?? 0).toBe(0)
    const sent = planned.filter(({ key, name }) => name !== null && !failed.has(key))
    const held = sent.map(({ key }) => {
      const user = this.bench.user(key)
      return { key, name: user?.name, notes: user?.notes }
    })
    expect(held).toEqual(sent)
  }
}

/** Runs in this process, or in one that is killed. The summary is null when nobody was left to tell it. */
async function runOnce(
  bench: Bench,
  disturbed: Disturbance | null,
): Promise<{ summary: RunSummary | null; events: (TimedEvent | WorkflowEvent)[] }> {
  if (disturbed?.how === 'kill') {
    const cli = startCli(bench, ['run', 'people'])
    await cli.event(({ type }) => type === disturbed.at).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, disturbed.delayMs))
    cli.child.kill('SIGKILL')
    const { stdout } = await cli.ended
    expectNoSecret(bench, [stdout])
    const lines = stdout.split('\n').filter((line) => line.endsWith('}'))
    const documents = lines.map((line) => JSON.parse(line) as WorkflowEvent | RunSummary)
    const summary = documents.find((document) => 'run_id' in document)
    return { summary: summary ?? null, events: documents.filter((document) => 'type' in document) }
  }
  const controller = new AbortController()
  let isDue = disturbed !== null
  const onEvent = ({ type }: WorkflowEvent) => {
    if (!isDue || type !== disturbed?.at) return
    isDue = false
    setTimeout(() => controller.abort(), disturbed.delayMs)
  }
  const by = disturbed?.how === 'stop' ? { signal: controller.signal } : { abort: controller.signal }
  return await hurriedRun(bench, { onEvent, ...by })
}

async function play(all: readonly Step[]): Promise<void> {
  const bench = await openBench({ destination: { confirm: 'all' }, emulator: { jobLatencyMs: [0, 60] } })
  try {
    const model = new Model(bench)
    const once = async (faults: readonly Fault[], disturbed: Disturbance | null) => {
      bench.emulator.faults(...faults)
      const { summary, events } = await runOnce(bench, disturbed)
      const struck = bench.emulator.faults().filter((fault) => fault.struck > 0)
      bench.emulator.clearFaults()
      for (const event of events)
        if (event.type === 'workflow' && !event.resumed) model.planned.set(event.runId, model.rows)
      const resumed = events.some((event) => event.type === 'workflow' && event.resumed)
      // A job that broke before a kill is told about by the run that finds it.
      broke ||= struck.some(({ kind }) => breaking.has(kind))
      if (summary === null) model.never()
      else await model.judge(summary, resumed, broke)
      if (summary?.status.startsWith('completed')) broke = false
      expectNoSecret(bench, [JSON.stringify([summary, events])])
      return resumed
    }
    let broke = false
    await model.edit(KEYS.map((key) => ({ key, name: 'Ann', notes: 'n1' })))
    for (const step of all) {
      if (step.do === 'edit') await model.edit(step.rows)
      else if (step.do === 'agent') await model.act(step.key)
      else
        await once(
          step.faults.flatMap((at) => table[at]!.faults()),
          step.disturbance,
        )
    }
    // Nothing is wrong any more: when no older plan goes on, the account is as the source says, and nothing is left to send (I5).
    if (await once([], null)) await once([], null)
    bench.emulator.clearCalls()
    await once([], null)
    expect(bench.writes()).toEqual([])
    const planned = source(model.rows.filter(({ name }) => name !== null))
    expect(planned.map(({ external_id }) => bench.user(external_id!)?.name)).toEqual(planned.map(({ name }) => name))
  } finally {
    await bench.close()
  }
}

const shown = (step: Step): string => {
  if (step.do === 'edit') return `edit ${step.rows.map(({ key, name, notes }) => `${key}:${name}:${notes}`).join(' ')}`
  if (step.do === 'agent') return `agent ${step.key}`
  const { faults, disturbance: by } = step
  const outside = by === null ? '' : ` ${by.how} at ${by.at} + ${by.delayMs} ms`
  return `run [${faults.map((at) => table[at]!.name).join('; ')}]${outside}`
}

/** Properties run side by side, because most of their time is waiting; each has so many sequences. */
const properties = isFull ? 8 : 2
const sequences = Number(process.env.MODEL_RUNS ?? (isFull ? 40 : 1))

describe.concurrent('source edits, runs, faults, kills and agents in any order', () => {
  const seed = seedOf('interleavings')
  it.each(Array.from({ length: properties }, (_, index) => seed + index))(
    'end as the model says (I1, I2, I3, I4, I5, I9, I10): seed %d',
    async (one) => {
      await fc.assert(
        fc.asyncProperty(steps, async (all) => {
          try {
            await play(all)
          } catch (error) {
            throw new Error(all.map(shown).join('\n'), { cause: error })
          }
        }),
        { seed: one, numRuns: sequences, endOnFailure: true },
      )
    },
    3_600_000,
  )
})
