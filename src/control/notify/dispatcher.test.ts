import type { ServerResponse } from 'node:http'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Problem } from '../../problem.ts'
import { systemClock } from './dispatcher.ts'
import { type NotifyBench, openBench } from './test-bench.ts'
import {
  type Answer,
  type HttpReceiver,
  hang,
  inTurn,
  ok,
  reset,
  startHttp,
  startSmtp,
  status,
} from './test-receivers.ts'

const closers: (() => Promise<void>)[] = []
let bench: NotifyBench

beforeEach(async () => {
  bench = await openBench()
})

afterEach(async () => {
  await bench.close()
  for (const close of closers.splice(0)) await close()
})

/** A webhook channel of this key, and its receiver. */
async function hook(key: string, answer: Answer = ok): Promise<HttpReceiver> {
  const receiver = await startHttp(answer)
  closers.push(receiver.close)
  await bench.channel(key, { type: 'webhook' }, { url: `${receiver.url}/secret-path`, token: 'secret-token' })
  return receiver
}

const ids = (receiver: HttpReceiver) => receiver.received.map(({ headers }) => String(headers['idempotency-key']))

test('without faults, everything is sent once, also by mail, and never more at a time than allowed', async () => {
  let open = 0
  let most = 0
  const held: ServerResponse[] = []
  // Answers when as many wait as may, or when nothing more can come.
  const receiver = await hook('hook', (response, _, count) => {
    open++
    most = Math.max(most, open)
    held.push(response)
    if (held.length < 4 && count < 20) return
    for (const one of held.splice(0)) {
      open--
      one.writeHead(204).end()
    }
  })
  const mail = await startSmtp()
  closers.push(mail.close)
  await bench.channel(
    'mail',
    { type: 'smtp', host: '127.0.0.1', port: mail.port, secure: false, from: 'd@example.com' },
    {},
  )
  for (let index = 0; index < 20; index++) await bench.notify(`run ${index}`, ['hook'])
  const dispatcher = bench.dispatcher()
  await dispatcher.start()
  await bench.settled(20)
  await bench.notify('by mail', ['mail'])
  dispatcher.wake()
  await bench.settled(21)
  await dispatcher.close()
  expect(new Set(ids(receiver)).size).toBe(20)
  expect([receiver.received.length, mail.mails.length, most]).toEqual([20, 1, 4])
  const states = (await bench.dispatches()).map(({ state, attempts, lastError }) => ({ state, attempts, lastError }))
  expect(states).toEqual(states.map(() => ({ state: 'sent', attempts: 1, lastError: null })))
  expect(bench.problems).toEqual([])
})

test('a receiver that fails first gets the same message later', async () => {
  const receiver = await hook('hook', inTurn(status(500), reset, ok))
  await bench.notify('run', ['hook'])
  const dispatcher = bench.dispatcher()
  await dispatcher.start()
  await bench.settled(1)
  const [failed] = await bench.dispatches()
  expect(failed).toMatchObject({ state: 'pending', attempts: 1 })
  expect(failed!.lastError).toBe('the receiver answered 500 (Internal Server Error).')
  expect(failed!.nextAt.getTime() - bench.clock.now().getTime()).toBe(15_000)
  for (const [count, delayMs] of [
    [2, 15_000],
    [3, 30_000],
  ] as const) {
    bench.clock.move(delayMs)
    dispatcher.wake()
    await bench.settled(count)
  }
  expect((await bench.dispatches())[0]).toMatchObject({ state: 'sent', attempts: 3, lastError: null })
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1)
  expect(new Set(ids(receiver)).size).toBe(1)
})

test('a receiver that is busy is left alone as long as it wants', async () => {
  await hook('hook', inTurn(status(429, { 'retry-after': '600' }), ok))
  await bench.notify('run', ['hook'])
  await bench.dispatcher().start()
  await bench.settled(1)
  const [busy] = await bench.dispatches()
  expect(busy!.nextAt.getTime() - bench.clock.now().getTime()).toBe(600_000)
})

test('what is refused, or has no channel, fails at once and stays to be seen', async () => {
  await hook('hook', status(410))
  await bench.channel('open', { type: 'webhook' }, { url: 'http://hooks.example.com/x', token: 't' })
  await bench.notify('run', ['hook', 'open', 'gone'])
  await bench.dispatcher().start()
  await bench.settled(3)
  const found = await bench.dispatches()
  expect(found.map(({ channel, state, lastError }) => [channel, state, lastError]).sort()).toEqual([
    ['gone', 'failed', 'the channel is not defined any more.'],
    ['hook', 'failed', 'the receiver answered 410 (Gone).'],
    ['open', 'failed', 'the address of the channel must begin with https://.'],
  ])
})

test('after a day of failures it is given up', async () => {
  const receiver = await hook('hook', status(503))
  await bench.notify('run', ['hook'])
  const dispatcher = bench.dispatcher()
  await dispatcher.start()
  let attempts = 1
  for (; ; attempts++) {
    await bench.settled(attempts)
    const [dispatch] = await bench.dispatches()
    if (dispatch!.state === 'failed') break
    bench.clock.move(dispatch!.nextAt.getTime() - bench.clock.now().getTime())
    dispatcher.wake()
  }
  const [given] = await bench.dispatches()
  expect(given!.lastError).toBe(`the receiver answered 503 (Service Unavailable); given up after ${attempts} attempts.`)
  // Eight that double up to an hour, then one an hour.
  expect(receiver.received.length).toBe(31)
  expect(bench.clock.now().getTime() - Date.parse('2027-01-01T00:00:00Z')).toBeLessThanOrEqual(24 * 60 * 60 * 1000)
})

test.each(['before it was sent', 'after it was sent'])(
  'a process that ends %s leaves it to the next one, which sends the same message',
  async (when) => {
    const receiver = await hook('hook')
    await bench.notify('run', ['hook'])
    if (when === 'before it was sent') await bench.store.notifications.claim(bench.clock.now(), 10)
    else {
      const { claim, nextAt, release } = bench.store.notifications
      const ends = { claim, nextAt, release, settle: () => Promise.reject(new Error('the process has ended')) }
      const first = bench.dispatcher({ notifications: ends })
      await first.start()
      await receiver.until(1)
      await first.close()
    }
    expect((await bench.dispatches())[0]!.state).toBe('sending')
    bench.clock.move(60_000)
    const second = bench.dispatcher()
    await second.start()
    await bench.settled(1)
    expect(receiver.received.length).toBe(when === 'before it was sent' ? 1 : 2)
    expect(new Set(ids(receiver)).size).toBe(1)
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1)
    expect((await bench.dispatches())[0]).toMatchObject({ state: 'sent', attempts: 2 })
  },
)

test('closing begins nothing more and waits for what is in flight', async () => {
  const held: ServerResponse[] = []
  const receiver = await hook('hook', (response) => held.push(response))
  for (const name of ['first', 'second']) await bench.notify(name, ['hook'])
  const dispatcher = bench.dispatcher({ atMost: 1 })
  await dispatcher.start()
  await receiver.until(1)
  let closed = false
  const closing = dispatcher.close().then(() => {
    closed = true
  })
  await bench.store.ping()
  expect(closed).toBe(false)
  held[0]!.writeHead(200).end()
  await closing
  expect(receiver.received.length).toBe(1)
  expect((await bench.dispatches()).map(({ state }) => state).sort()).toEqual(['pending', 'sent'])
})

test('a store that fails for a moment neither ends the work nor has anything sent twice', async () => {
  const receiver = await hook('hook')
  await bench.notify('run', ['hook'])
  const real = bench.store.notifications
  let heard: () => void = () => {}
  let faults = 0
  const once = async <T>(left: { faults: number }, work: () => Promise<T>): Promise<T> => {
    if (left.faults-- > 0) throw new Problem('store.unreachable', { message: 'No answer.' })
    return await work()
  }
  const [claims, settles] = [{ faults: 1 }, { faults: 1 }]
  let settled: () => void = () => {}
  const done = new Promise<void>((resolve) => {
    settled = resolve
  })
  const dispatcher = bench.dispatcher({
    notifications: {
      ...real,
      claim: (at, limit) => once(claims, () => real.claim(at, limit)),
      settle: (id, end) => once(settles, () => real.settle(id, end).then(settled)),
    },
    onProblem(problem) {
      bench.problems.push(problem)
      faults++
      heard()
    },
  })
  const problem = (count: number) =>
    faults >= count
      ? Promise.resolve()
      : new Promise<void>((resolve) => {
          heard = resolve
        })
  await dispatcher.start()
  await problem(1)
  dispatcher.wake()
  await problem(2)
  // The sleep after a failure begins in the same turn as its report.
  await bench.store.ping()
  bench.clock.move(5_000)
  await done
  expect(receiver.received.length).toBe(1)
  expect((await bench.dispatches())[0]!.state).toBe('sent')
  expect(bench.problems.map(({ code }) => code)).toEqual(['store.unreachable', 'store.unreachable'])
})

test('secrets that cannot be read now are no fault of the receiver: it is tried again', async () => {
  await hook('hook')
  await bench.notify('run', ['hook'])
  const lost = () => Promise.reject(new Problem('store.unreachable', { message: 'No answer.' }))
  await bench.dispatcher({ secretsOf: lost }).start()
  await bench.settled(1)
  expect((await bench.dispatches())[0]).toMatchObject({
    state: 'pending',
    lastError: 'the channel could not be used (store.unreachable).',
  })
  expect(bench.problems).toHaveLength(1)
})

test('a test message says how it ended, and leaves nothing in the outbox', async () => {
  const receiver = await hook('hook', inTurn(ok, status(404)))
  const dispatcher = bench.dispatcher()
  expect(await dispatcher.test('hook', '')).toEqual({ sent: true, error: null })
  expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({
    event: 'test',
    url: 'https://deskside.example.com/notifications',
  })
  expect(await dispatcher.test('hook', '')).toEqual({ sent: false, error: 'the receiver answered 404 (Not Found)' })
  expect(await dispatcher.test('none', '')).toEqual({ sent: false, error: 'the channel is not defined any more' })
  expect(await bench.dispatches()).toEqual([])
})

test('under any faults, one dispatch is one message, and no secret is in what is stored or reported', async () => {
  const answers = {
    200: ok,
    429: status(429, { 'retry-after': '1' }),
    500: status(500, {}, 'secret-path secret-token'),
    hang,
    reset,
  }
  const fault = fc.constantFrom(...(Object.keys(answers) as unknown as (keyof typeof answers)[]))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 4 }),
      async (faults, count) => {
        const one = await openBench()
        const receiver = await startHttp(inTurn(...faults.map((name) => answers[name]), ok))
        try {
          await one.channel('hook', { type: 'webhook' }, { url: `${receiver.url}/secret-path`, token: 'secret-token' })
          for (let index = 0; index < count; index++) await one.notify(`run ${index}`, ['hook'])
          const outside = { allowedHosts: ['127.0.0.1'], resolve: async () => [], timeoutMs: 100 }
          const dispatcher = one.dispatcher({ outside })
          await dispatcher.start()
          const seen: unknown[] = []
          for (let settled = 1; ; settled++) {
            await one.settled(settled)
            const found = await one.dispatches()
            seen.push(found)
            if (found.every(({ state }) => state === 'sent')) break
            // The longest backoff, so that whatever is pending is due.
            one.clock.move(3_600_000)
            dispatcher.wake()
          }
          await dispatcher.close()
          const bodies = new Map<string, string>()
          for (const { headers, body } of receiver.received) {
            const id = String(headers['idempotency-key'])
            expect(bodies.get(id) ?? body).toBe(body)
            bodies.set(id, body)
          }
          expect(bodies.size).toBe(count)
          expect(new Set(bodies.values()).size).toBe(count)
          expect(JSON.stringify([seen, one.problems])).not.toMatch(/secret-/)
        } finally {
          await one.close()
          await receiver.close()
        }
      },
    ),
    { numRuns: 8 },
  )
})

test("the machine's clock wakes at the time, or at once when it is told to", async () => {
  const never = new AbortController()
  await systemClock.sleep(1, never.signal)
  const sleeping = systemClock.sleep(1_000_000, never.signal)
  never.abort()
  await sleeping
  await systemClock.sleep(1_000_000, never.signal)
})
