/** What a fault makes of the results of a job that completed. Nothing of this is Zendesk's. */
import type { JobFaultKind } from './faults.ts'

/** `results`: JSON texts, one for each row; null: the job has none. */
export function spoiledResults(kind: JobFaultKind | undefined, results: readonly string[]): readonly string[] | null {
  const [first] = results
  if (first === undefined) return results
  switch (kind) {
    case 'results_null':
      return null
    case 'results_missing':
      return results.slice(0, -1)
    // Rotated, not shuffled: every single result stands in another place.
    case 'results_shuffled':
      return [...results.slice(1), first]
    case 'results_doubled':
      return results.with(-1, first)
    case 'results_excess':
      return [...results, first]
    case 'results_contradicting':
      return [...results, '{"id":0,"error":"UserUpdateError","details":"Something went wrong","status":"Failed"}']
    case 'results_foreign_ids':
      return exchanged(results, ['id'])
    case 'results_foreign_keys':
      return exchanged(results, ['email', 'external_id'])
    default:
      return results
  }
}

/** Each result with the values that the one behind it has for `keys`. */
function exchanged(results: readonly string[], keys: readonly string[]): string[] {
  const parsed = results.map((text) => JSON.parse(text) as Record<string, unknown>)
  return parsed.map((result, index) => {
    const next = parsed[(index + 1) % parsed.length]!
    return JSON.stringify({ ...result, ...Object.fromEntries(keys.map((key) => [key, next[key]])) })
  })
}
