import { asProblem, type Problem } from '../../problem.ts'
import type { DefinitionStore, Dispatch, Notification, NotificationStore } from '../../store/store.ts'
import { failed, type Message, refused, type Secrets, type SendEnd } from './channels/channel.ts'
import { openChannel } from './channels/open.ts'
import type { Outside } from './channels/outside.ts'
import { settled } from './retry.ts'
import type { Expand } from './subscriptions.ts'

export interface Clock {
  now(): Date
  /** Resolves after `delayMs`, or at once when the signal aborts; never rejects. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (delayMs, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, delayMs)
      signal.addEventListener('abort', end, { once: true })
    }),
}

export interface DispatcherParts {
  notifications: Pick<NotificationStore, 'claim' | 'nextAt' | 'settle' | 'release'>
  definitions: Pick<DefinitionStore, 'get'>
  /** Secrets of a channel by their names in `channelSecrets`. */
  secretsOf(channel: string): Promise<Secrets>
  /** Puts variables into the values of a body, as for every definition. */
  expand: Expand
  /** Where the pages are, such as `https://deskside.example.com`; null: links have no host and are left out. */
  publicUrl: string | null
  outside: Outside
  clock: Clock
  /** 0 to 1. */
  random(): number
  newId(): string
  /** Hears of what went wrong here and not at a receiver: the store or the secrets. The work goes on by itself. */
  onProblem(problem: Problem): void
  /** How many are sent at a time. */
  atMost: number
}

/** Works off the outbox of notifications. */
export interface Dispatcher {
  /** Takes up what an earlier process left, and works until {@link close}. Throws what the store throws. */
  start(): Promise<void>
  /** Something may have become due. */
  wake(): void
  /** Sends a test message once, past the outbox. `error` is half a sentence without secrets. */
  test(channel: string, target: string): Promise<{ sent: boolean; error: string | null }>
  /** Begins nothing more, and resolves when everything in flight is settled. */
  close(): Promise<void>
}

type Claimed = Dispatch & { about: Notification }

/** Looks again after this, also when nothing is said to be due: another process may have added something. */
const longestSleepMs = 60_000
/** Pause after the store did not answer. */
const storeDelayMs = 5_000

export function openDispatcher(parts: DispatcherParts): Dispatcher {
  const closing = new AbortController()
  const alarm = openAlarm(closing.signal)
  const inFlight = new Set<Promise<void>>()
  let working: Promise<void> | null = null

  /** Claims what there is room for; resolves to the time until more may be due. */
  async function round(): Promise<number> {
    const room = parts.atMost - inFlight.size
    // A place that becomes free rings the alarm.
    if (room === 0) return longestSleepMs
    const claimed = await parts.notifications.claim(parts.clock.now(), room)
    for (const dispatch of claimed) {
      const work = deliver(parts, dispatch, closing.signal).finally(() => {
        inFlight.delete(work)
        alarm.ring()
      })
      inFlight.add(work)
    }
    if (claimed.length === room) return longestSleepMs
    const nextAt = await parts.notifications.nextAt()
    return nextAt === null ? longestSleepMs : Math.max(0, nextAt.getTime() - parts.clock.now().getTime())
  }

  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      const rung = alarm.next()
      let delayMs: number
      try {
        delayMs = await round()
      } catch (error) {
        parts.onProblem(asProblem(error))
        delayMs = storeDelayMs
      }
      await parts.clock.sleep(Math.min(delayMs, longestSleepMs), rung)
    }
  }

  return {
    async start() {
      await parts.notifications.release()
      working ??= work()
    },
    wake: () => alarm.ring(),
    async test(channel, target) {
      const end = await attempt(parts, channel, target, testMessage(parts))
      return end.end === 'sent' ? { sent: true, error: null } : { sent: false, error: end.why }
    },
    async close() {
      closing.abort()
      await working
      await Promise.all(inFlight)
    },
  }
}

/** A signal that aborts when something happened after it was asked for, or when `closing` aborts. */
function openAlarm(closing: AbortSignal) {
  let current = new AbortController()
  closing.addEventListener('abort', () => current.abort(), { once: true })
  return {
    next(): AbortSignal {
      if (!closing.aborted && current.signal.aborted) current = new AbortController()
      return current.signal
    },
    ring: () => current.abort(),
  }
}

/** Sends one and writes down how that ended. Never rejects: what was sent has to be settled, or it would be sent again. */
async function deliver(parts: DispatcherParts, dispatch: Claimed, closing: AbortSignal): Promise<void> {
  const { id, channel, target, about } = dispatch
  const message = messageOf(parts, id, about)
  const end = await attempt(parts, channel, target, message)
  const next = settled(end, dispatch, { heldAt: about.at, now: parts.clock.now(), random: parts.random() })
  for (;;) {
    try {
      return await parts.notifications.settle(id, next)
    } catch (error) {
      parts.onProblem(asProblem(error))
      // It stays `sending`, and is sent once more after the restart, with the same id.
      if (closing.aborted) return
      await parts.clock.sleep(storeDelayMs, closing)
    }
  }
}

/** One attempt through a channel as it is defined now. */
async function attempt(parts: DispatcherParts, key: string, target: string, message: Message): Promise<SendEnd> {
  try {
    const definition = await parts.definitions.get('channel', key)
    if (definition === null) return refused('the channel is not defined any more')
    const secrets = await parts.secretsOf(key)
    const channel = openChannel(parts.expand(definition.body), secrets, parts.outside, () => parts.clock.now())
    if (typeof channel === 'string') return refused(channel)
    return await channel.send(message, target)
  } catch (error) {
    const problem = asProblem(error)
    parts.onProblem(problem)
    return failed(`the channel could not be used (${problem.code})`)
  }
}

function messageOf({ publicUrl }: DispatcherParts, id: string, about: Notification): Message {
  const { event, severity, title, text, link, at, orchestration, workflow } = about
  const url = publicUrl === null || link === null ? null : `${publicUrl.replace(/\/$/, '')}${link}`
  return { id, event, severity, title, text, link, at, orchestration, workflow, url }
}

function testMessage(parts: DispatcherParts): Message {
  return messageOf(parts, parts.newId(), {
    id: '',
    about: '',
    event: 'test',
    severity: 'info',
    orchestration: null,
    workflow: null,
    title: 'Test of a channel of Deskside',
    text: 'This message was sent to test the channel. Nothing has happened.',
    link: '/notifications',
    at: parts.clock.now(),
    readAt: null,
  })
}
