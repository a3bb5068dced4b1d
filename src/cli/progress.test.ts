import { Writable } from 'node:stream'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { WorkflowEvent } from '../sync/report.ts'
import { Output } from './output.ts'
import { progressPrinter } from './progress.ts'

function collector(properties: object = {}) {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  return { output: new Output(Object.assign(stream, properties)), text: () => text }
}

const progress = (settled: number) => ({
  type: 'progress' as const,
  progress: { settled, total: 1000, usersPerSecond: 100, jobsInFlight: 3, parked: 0, etaMs: 1000 },
})

describe('a pipe', () => {
  afterEach(() => vi.useRealTimers())

  const event: fc.Arbitrary<WorkflowEvent> = fc.oneof(
    fc.constantFrom('extract', 'map', 'plan', 'deliver', 'settle').map((step) => ({ type: 'step' as const, step })),
    fc.nat(1000).map(progress),
    fc.option(fc.nat(100_000)).map((untilMs) => ({ type: 'waiting' as const, why: 'Zendesk asks', untilMs })),
    fc.constantFrom<WorkflowEvent>(
      { type: 'waiting', why: null, untilMs: null },
      { type: 'stopping' },
      { type: 'heartbeat', step: null, elapsedMs: 1 },
    ),
  )

  test('never waits a second for a line, whatever happens and however long nothing does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(event, fc.nat(4_000)), { maxLength: 30 }), async (events) => {
        vi.useFakeTimers()
        const { output, text } = collector()
        const printer = progressPrinter(output, {}, false)
        let length = 0
        let silentMs = 0
        const wait = async (ms: number) => {
          for (let passed = 0; passed < ms; passed += 50) {
            await vi.advanceTimersByTimeAsync(50)
            silentMs = text().length > length ? 0 : silentMs + 50
            length = text().length
            expect(silentMs).toBeLessThan(1_000)
          }
        }
        for (const [each, ms] of events) {
          printer.event(each)
          await wait(ms)
        }
        await printer.end(true)
        const ended = text()
        await vi.advanceTimersByTimeAsync(5_000)
        expect(text()).toBe(ended)
        for (const line of ended.split('\n').slice(0, -1)) expect(line.trim()).not.toBe('')
      }),
      { numRuns: 50 },
    )
  })

  test('hears each second at which step and how far a run is, and what it waits for', async () => {
    vi.useFakeTimers({ now: 0 })
    const { output, text } = collector()
    const printer = progressPrinter(output, {}, false)
    printer.say('reading')
    await vi.advanceTimersByTimeAsync(1_000)
    printer.event({ type: 'step', step: 'extract' })
    await vi.advanceTimersByTimeAsync(2_000)
    printer.event({ type: 'step', step: 'deliver' })
    printer.event(progress(250))
    await vi.advanceTimersByTimeAsync(1_000)
    printer.event({ type: 'waiting', why: 'Zendesk asks us to wait 2 s', untilMs: 6_000 })
    await vi.advanceTimersByTimeAsync(1_000)
    await printer.end(true)
    expect(text().split('\n')).toEqual([
      'reading',
      '  at work, 0.9 s',
      '  extract, 0.8 s',
      '  extract, 1.7 s',
      '✓ extract  2 s',
      '  deliver 25 %, 250 of 1,000, 100 users/s, 1 s left, 3 jobs in flight',
      '  deliver 25 %, 250 of 1,000, Zendesk asks us to wait 2 s, 3 jobs in flight',
      '✓ deliver  250 of 1,000 · 2 s',
      '',
    ])
  })
})

test('a calm pipe gets a line at most every 5 s and every tenth, and a sign of life each minute', async () => {
  const { output, text } = collector()
  let nowMs = 0
  const printer = progressPrinter(output, {}, true, { now: () => nowMs, wallNow: () => nowMs })
  const at = (ms: number, settled: number) => {
    nowMs = ms
    printer.event(progress(settled))
  }
  printer.event({ type: 'step', step: 'deliver' })
  at(1_000, 150) // too early
  at(5_000, 160)
  at(9_000, 500) // too early
  at(10_000, 510)
  at(20_000, 520) // no tenth more
  at(70_000, 521) // a minute of silence
  at(80_000, 1000) // the end has a line of its own
  await printer.end(true)
  expect(
    text()
      .split('\n')
      .filter((line) => line !== ''),
  ).toEqual([
    '  deliver 16 %, 160 of 1,000, 100 users/s, 1 s left, 3 jobs in flight',
    '  deliver 51 %, 510 of 1,000, 100 users/s, 1 s left, 3 jobs in flight',
    '  deliver 52 %, 521 of 1,000, 100 users/s, 1 s left, 3 jobs in flight',
    '✓ deliver  1,000 of 1,000 · 1 min 20 s',
  ])
})

test('a pipe hears of long waits and of a stop once', async () => {
  const { output, text } = collector()
  const printer = progressPrinter(output, {}, false, { now: () => 500, wallNow: () => 0 })
  printer.event({ type: 'waiting', why: 'Zendesk asks us to wait 1 s', untilMs: 1_000 })
  printer.event({ type: 'waiting', why: 'Zendesk asks us to wait 27 s', untilMs: 27_000 })
  printer.event({ type: 'waiting', why: null, untilMs: null })
  printer.event({ type: 'stopping' })
  printer.event({ type: 'stopping' })
  await printer.end(false)
  expect(text()).toBe(
    '  Zendesk asks us to wait 27 s (until 1970-01-01 00:00:27 UTC)\n' +
      '  stopping after the jobs in flight are settled; a second signal stops at once\n',
  )
})

test('a terminal gets its cursor and an empty line back', async () => {
  const { output, text } = collector({ isTTY: true, columns: 80 })
  const printer = progressPrinter(output, { NO_COLOR: '1' }, false, { now: () => 0, wallNow: () => 0 })
  printer.event({ type: 'step', step: 'extract' })
  printer.event({ type: 'extracted', rows: 3 })
  await printer.end(true)
  expect(text().startsWith('\u001b[?25l')).toBe(true)
  expect(text().endsWith('\r\u001b[2K✓ extract  3 rows\n\u001b[?25h')).toBe(true)
})
