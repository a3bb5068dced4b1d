import { isIPv6 } from 'node:net'
import { Problem } from '../problem.ts'
import { digest } from './digest.ts'

interface Failures {
  count: number
  /** Of the monotonic clock. */
  waitUntilMs: number
  forgetAtMs: number
}

/** How many failures cost nothing, and how long the wait grows that doubles with each further one. */
interface Patience {
  free: number
  longestMs: number
  /** Whether a success makes up for all failures, or for none but itself. */
  isForgiven: boolean
}

/**
 * Somebody's e-mail address is known to many, so its wait stays short: whoever fails on purpose must not lock the administrator out. Behind one
 * network address may be a whole office, so it has more attempts, and then waits longer.
 */
const patience = {
  email: { free: 5, longestMs: 60_000, isForgiven: true },
  address: { free: 15, longestMs: 15 * 60_000, isForgiven: false },
} as const satisfies Record<string, Patience>

const FORGET_AFTER_MS = 60 * 60_000
const MOST_REMEMBERED = 20_000
/** Each sign-in that is looked at holds 128 MB; more wait in line, and those beyond this are sent away. */
const MOST_IN_LINE = 8

/**
 * Remembers, in memory, who failed to sign in: for each e-mail address and each network address, the wait doubles with each failure. An
 * attempt counts as failed from its beginning, so that many at once count as many.
 */
export class Attempts {
  readonly #failures = new Map<string, Failures>()
  readonly #nowMs: () => number
  #line: Promise<unknown> = Promise.resolve()
  #inLine = 0

  /** `nowMs`: milliseconds of a monotonic clock; a wall clock that is set would lengthen or end waits. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /**
   * Does `attempt`, one at a time, which says whether it has succeeded. Throws `access.too_many_attempts` (`data.waitSeconds`) while the e-mail
   * address or the network address must wait, or when too many attempts are in line; `attempt` is not called then.
   */
  async run<T extends { succeeded: boolean }>(
    who: { email: string; address: string },
    attempt: () => Promise<T>,
  ): Promise<T> {
    const names = [
      { name: digest(`email ${who.email}`), ...patience.email },
      { name: digest(`address ${network(who.address)}`), ...patience.address },
    ]
    const waitMs = Math.max(...names.map(({ name }) => this.#waitMs(name)))
    if (waitMs > 0) throw tooMany('Too many sign-ins have failed.', waitMs)
    if (this.#inLine >= MOST_IN_LINE) throw tooMany('Too many people sign in at once.', 1000)
    const counted = names.map((name) => ({ ...name, before: this.#count(name) }))
    this.#inLine += 1
    const result = this.#line.then(attempt)
    this.#line = Promise.allSettled([result])
    try {
      const ended = await result
      if (ended.succeeded) for (const one of counted) this.#succeeded(one)
      return ended
    } finally {
      this.#inLine -= 1
    }
  }

  #waitMs(name: string): number {
    return (this.#failures.get(name)?.waitUntilMs ?? 0) - this.#nowMs()
  }

  /** Counts a failure; returns until when the name had to wait before. */
  #count({ name, free, longestMs }: Patience & { name: string }): number {
    const nowMs = this.#nowMs()
    const before = this.#failures.get(name)
    const count = before === undefined || before.forgetAtMs <= nowMs ? 1 : before.count + 1
    const waitMs = count < free ? 0 : Math.min(longestMs, 1000 * 2 ** (count - free))
    // Taken out first: a Map keeps the order in which names came in, and the one that is longest ago is forgotten first.
    this.#failures.delete(name)
    this.#failures.set(name, { count, waitUntilMs: nowMs + waitMs, forgetAtMs: nowMs + FORGET_AFTER_MS })
    for (const [oldest] of this.#failures) {
      if (this.#failures.size <= MOST_REMEMBERED) break
      this.#failures.delete(oldest)
    }
    return before?.waitUntilMs ?? nowMs
  }

  /**
   * Whoever has the password of an e-mail address has all of its attempts again. Of a network address only this attempt is taken back: else somebody
   * with one password could try those of everybody else for ever, with a sign-in of their own in between.
   */
  #succeeded({ name, isForgiven, before }: Patience & { name: string; before: number }): void {
    const known = this.#failures.get(name)
    if (known === undefined) return
    const count = known.count - 1
    if (isForgiven || count === 0) this.#failures.delete(name)
    else this.#failures.set(name, { ...known, count, waitUntilMs: before })
  }
}

function tooMany(what: string, waitMs: number): Problem {
  const waitSeconds = Math.ceil(waitMs / 1000)
  return new Problem('access.too_many_attempts', {
    message: `${what} The next may come in ${waitSeconds} second${waitSeconds === 1 ? '' : 's'}.`,
    data: { waitSeconds },
  })
}

/** Who has an IPv6 address usually has the 2^64 of its /64 too; they count as one. */
function network(address: string): string {
  const plain = address.replace(/%.*$/, '').toLowerCase()
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('::')
  const groups = (part: string) => part.split(':').filter((group) => group !== '')
  const after = tail === undefined ? [] : groups(tail)
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - after.length
  const all = [...groups(head), ...Array<string>(Math.max(0, zeros)).fill('0'), ...after]
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
