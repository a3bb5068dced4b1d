import { afterEach, expect, it } from 'vitest'
import type { EmulatorOptions, Fault } from '../src/emulator/index.ts'
import type { WorkflowEvent } from '../src/sync/report.ts'
import { type Bench, openBench } from './project-bench.ts'

let bench: Bench
afterEach(() => bench.close())

const person = { external_id: 'P-1', email: 'p1@example.com', name: 'Person' }

it('a run whose query takes its time says so, and stops when it is told', async () => {
  bench = await openBench({ sql: 'SELECT max(md5(range::VARCHAR)) AS name FROM range(1000000000000)' })
  await bench.write([person])
  const stop = new AbortController()
  const events: WorkflowEvent[] = []
  const summary = await bench.run(
    {},
    {
      signal: stop.signal,
      onEvent: (event) => {
        events.push(event)
        if (event.type === 'heartbeat' && event.step === 'extract') stop.abort()
      },
    },
  )
  expect(summary).toMatchObject({ status: 'stopped', problem: null })
  expect(events.at(-1)).toMatchObject({ type: 'heartbeat', step: 'extract' })
})

const paused: Fault = { kind: 'status', status: 429, retryAfter: 3, match: { path: 'create_or_update_many' } }

it.each<[string, EmulatorOptions, Fault[]]>([
  ['a job', { jobLatencyMs: [2_500, 2_500] }, []],
  ['a pause that Zendesk asks for', {}, [paused]],
])('a delivery that waits for %s tells its figures all the while', async (_, emulator, faults) => {
  bench = await openBench({ emulator })
  await bench.write([person])
  bench.emulator.faults(...faults)
  const events: WorkflowEvent[] = []
  const summary = await bench.run({}, { onEvent: (event) => events.push(event) })
  expect(summary).toMatchObject({ status: 'completed', rows: { created: 1 } })
  const waiting = events.filter((event) => event.type === 'progress' && event.progress.settled === 0)
  expect(waiting.length).toBeGreaterThanOrEqual(4)
})
