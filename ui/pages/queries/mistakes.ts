import type { Problem } from '../../api/operations.ts'

/** What the API says of each field of a body, by the name of the field. */
export function mistakesOf(problem: Problem | null): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { pointer, message } of problem?.errors ?? []) {
    const field = /([^/]+?)(?:\/\d+)?$/.exec(pointer)?.[1]
    if (field !== undefined) found[field] ??= message
  }
  return found
}
