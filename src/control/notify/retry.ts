import type { Dispatch } from '../../store/store.ts'
import type { SendEnd } from './channels/channel.ts'

const firstDelayMs = 15_000
const longestDelayMs = 60 * 60 * 1000
/** A notification that could not be sent for this long is not news any more. */
export const patienceMs = 24 * 60 * 60 * 1000

/**
 * Delay before the next attempt: doubles from 15 s to an hour, less up to half of it by `random` (0 to 1), so that dispatches that failed
 * together do not come back together.
 */
export function backoffMs(attempts: number, random: number): number {
  const fullMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempts - 1, 20))
  return Math.round(fullMs * (1 - random / 2))
}

/** What becomes of a dispatch after an attempt. `heldAt`: when its notification was made. */
export function settled(
  end: SendEnd,
  dispatch: Pick<Dispatch, 'attempts' | 'nextAt'>,
  { heldAt, now, random }: { heldAt: Date; now: Date; random: number },
): Pick<Dispatch, 'state' | 'nextAt' | 'lastError' | 'sentAt'> {
  if (end.end === 'sent') return { state: 'sent', nextAt: dispatch.nextAt, lastError: null, sentAt: now }
  if (end.end === 'refused') return { state: 'failed', nextAt: dispatch.nextAt, lastError: `${end.why}.`, sentAt: null }
  const delayMs = Math.max(backoffMs(dispatch.attempts, random), end.retryAfterMs ?? 0)
  const nextAt = new Date(now.getTime() + delayMs)
  if (nextAt.getTime() > heldAt.getTime() + patienceMs) {
    const lastError = `${end.why}; given up after ${dispatch.attempts} ${dispatch.attempts === 1 ? 'attempt' : 'attempts'}.`
    return { state: 'failed', nextAt: dispatch.nextAt, lastError, sentAt: null }
  }
  return { state: 'pending', nextAt, lastError: `${end.why}.`, sentAt: null }
}
