import { distance } from 'fastest-levenshtein'

/**
 * The candidate that `word` most likely stands for, or null. Case does not count; a third of the letters may be wrong, so that
 * `subdomian` finds `subdomain` and `x` finds nothing.
 */
export function didYouMean(word: string, candidates: Iterable<string>): string | null {
  const wanted = word.toLowerCase()
  let best: string | null = null
  let bestDistance = Math.floor(wanted.length / 3) + 1
  for (const candidate of candidates) {
    const found = distance(wanted, candidate.toLowerCase())
    if (found < bestDistance) {
      best = candidate
      bestDistance = found
    }
  }
  return best
}
