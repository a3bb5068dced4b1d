/**
 * Loaded into the real command by `NODE_OPTIONS=--import=...`: does something to the process when it reaches a moment for the nth time,
 * in the middle of whatever it is doing. Only tests set the variable; the product knows nothing of it.
 */
import { subscribe } from 'node:diagnostics_channel'
import { closeSync, openSync, writeSync } from 'node:fs'

/** What happens, and when. */
export interface Strike {
  moment: string
  /** 1 unless given. */
  nth?: number
  /** Sent to this very process; SIGKILL ends it before another statement runs. */
  signal?: NodeJS.Signals
  /** Sent a moment later, when it does not count as the same key any more. */
  secondSignal?: NodeJS.Signals
  /** A file that takes all the room of its disk. */
  fill?: string
  /** The wall clock jumps; the monotonic one does not. */
  jumpMs?: number
}

const strikes = JSON.parse(process.env.DESKSIDE_TEST_AT_MOMENT ?? '[]') as Strike[]
const timesReached = new Map<unknown, number>()
const RealDate = Date
let aheadMs = 0

if (strikes.some((strike) => strike.jumpMs !== undefined)) shiftClock()
if (strikes.length > 0) {
  subscribe('deskside:moment', (moment) => {
    const times = (timesReached.get(moment) ?? 0) + 1
    timesReached.set(moment, times)
    for (const strike of strikes) if (moment === strike.moment && times === (strike.nth ?? 1)) happen(strike)
  })
}

function happen({ signal, secondSignal, fill, jumpMs }: Strike): void {
  if (fill !== undefined) fillDisk(fill)
  if (jumpMs !== undefined) aheadMs += jumpMs
  if (signal !== undefined) process.kill(process.pid, signal)
  if (secondSignal !== undefined) setTimeout(() => process.kill(process.pid, secondSignal), 150).unref()
}

/** Whoever has kept `Date` or `Date.now` from before the jump sees it too. */
function shiftClock(): void {
  const now = () => RealDate.now() + aheadMs
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  })
}

/** In ever smaller pieces, until not one byte more fits. */
function fillDisk(path: string): void {
  const file = openSync(path, 'a')
  for (let bytes = 1_048_576; bytes >= 1; ) {
    try {
      writeSync(file, Buffer.alloc(bytes))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      bytes = Math.floor(bytes / 2)
    }
  }
  closeSync(file)
}
