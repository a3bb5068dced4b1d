import { didYouMean } from '../did-you-mean.ts'

/** What is wrong with the name of a time zone, as `must ...`; null when it names one. */
export function timeZoneMistake(zone: string): string | null {
  if (isTimeZone(zone)) return null
  const nearest = didYouMean(zone, Intl.supportedValuesOf('timeZone'))
  const hint = nearest === null ? '' : `; did you mean ${nearest}?`
  return `must be the name of an IANA time zone such as Europe/Berlin${hint}`
}

function isTimeZone(zone: string): boolean {
  // Intl also takes offsets such as +02:00, which engines do not, and which know no summer time.
  if (!/^[A-Za-z]/.test(zone)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
