export type Expiry = 'never' | 'later' | 'soon' | 'over'

const SOON_MS = 30 * 86_400_000

/** Whether a key ends within 30 days, or has ended. */
export function expiryOf(at: string | null, now: Date): Expiry {
  if (at === null) return 'never'
  const left = new Date(at).getTime() - now.getTime()
  if (left <= 0) return 'over'
  return left <= SOON_MS ? 'soon' : 'later'
}
