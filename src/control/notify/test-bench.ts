import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../../config.ts'
import type { Json, Problem } from '../../problem.ts'
import { openStore } from '../../store/open.ts'
import type { Dispatch, Notification, NotificationStore, Store } from '../../store/store.ts'
import { type Clock, type Dispatcher, type DispatcherParts, openDispatcher } from './dispatcher.ts'

/** A clock that stands until it is moved. */
export interface TestClock extends Clock {
  move(byMs: number): void
}

export function openClock(startAt: Date): TestClock {
  let nowMs = startAt.getTime()
  const sleepers = new Set<{ untilMs: number; wake: () => void }>()
  return {
    now: () => new Date(nowMs),
    move(byMs) {
      nowMs += byMs
      for (const { untilMs, wake } of sleepers) if (untilMs <= nowMs) wake()
    },
    sleep(delayMs, signal) {
      if (signal.aborted || delayMs <= 0) return Promise.resolve()
      return new Promise((resolve) => {
        const sleeper = {
          untilMs: nowMs + delayMs,
          wake() {
            sleepers.delete(sleeper)
            signal.removeEventListener('abort', sleeper.wake)
            resolve()
          },
        }
        signal.addEventListener('abort', sleeper.wake, { once: true })
        sleepers.add(sleeper)
      })
    },
  }
}

/** A real store in a file, a clock that stands, and dispatchers on them. */
export interface NotifyBench {
  store: Store
  clock: TestClock
  problems: Problem[]
  newId(): string
  /** Defines a channel with its secrets. */
  channel(key: string, body: { [key: string]: Json }, secrets: Record<string, string>): Promise<void>
  /** Adds a notification with a dispatch to each of these channels. */
  notify(name: string, channels: readonly string[]): Promise<void>
  dispatches(): Promise<Dispatch[]>
  dispatcher(changes?: Partial<DispatcherParts>): Dispatcher
  /** Resolves when this many have been settled since the bench was opened. */
  settled(count: number): Promise<void>
  close(): Promise<void>
}

export async function openBench(): Promise<NotifyBench> {
  const folder = mkdtempSync(join(tmpdir(), 'deskside-notify-'))
  const clock = openClock(new Date('2027-01-01T00:00:00Z'))
  const store = await openStore({ url: null, path: join(folder, 'control.db'), now: clock.now })
  const secrets = new Map<string, Record<string, Secret>>()
  const problems: Problem[] = []
  const dispatchers: Dispatcher[] = []
  const watch = watchSettled()
  let ids = 0
  const newId = () => `id-${String(++ids).padStart(5, '0')}`
  return {
    store,
    clock,
    problems,
    newId,
    settled: watch.settled,
    async channel(key, body, texts) {
      secrets.set(key, Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, new Secret(text)])))
      await store.definitions.create({ kind: 'channel', key, source: 'ui', body }, 'admin')
    },
    async notify(name, channels) {
      const notification: Notification = {
        ...{ id: newId(), about: name, event: 'failed', severity: 'error', orchestration: 'north', workflow: null },
        ...{ title: `${name} failed`, text: 'Lines.\nOf text.', link: '/workflows/w1', at: clock.now(), readAt: null },
      }
      const dispatches = channels.map(
        (channel): Dispatch => ({
          ...{ id: newId(), notification: notification.id, channel, target: 'team@example.com', state: 'pending' },
          ...{ attempts: 0, nextAt: clock.now(), lastError: null, sentAt: null },
        }),
      )
      await store.notifications.add(notification, dispatches)
    },
    dispatches: async () => (await store.notifications.dispatches({}, { limit: 1000, cursor: null })).items,
    dispatcher(changes = {}) {
      const dispatcher = openDispatcher({
        notifications: watch.watched(store.notifications),
        definitions: store.definitions,
        secretsOf: async (key) => secrets.get(key) ?? {},
        expand: (body) => body,
        publicUrl: 'https://deskside.example.com/',
        outside: { allowedHosts: ['127.0.0.1'], resolve: async () => [], timeoutMs: 10_000 },
        clock,
        random: () => 0,
        newId,
        onProblem: (problem) => problems.push(problem),
        atMost: 4,
        ...changes,
      })
      dispatchers.push(dispatcher)
      return dispatcher
    },
    async close() {
      await Promise.all(dispatchers.map((one) => one.close()))
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Tells when dispatches are settled in the real store. */
function watchSettled() {
  let done = 0
  const waiting = new Set<{ count: number; resolve: () => void }>()
  return {
    watched: (store: NotificationStore): NotificationStore => ({
      ...store,
      async settle(id, end) {
        await store.settle(id, end)
        done++
        for (const wait of waiting) if (done >= wait.count) wait.resolve()
      },
    }),
    settled: (count: number): Promise<void> =>
      done >= count
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.add({ count, resolve })
          }),
  }
}
