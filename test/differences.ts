/**
 * The first few keys for which `actual` is not what is expected, with both; [] when there is none. The diff that a test runner makes of
 * two large lists helps nobody.
 */
export function differences<T>(
  expected: readonly [string, T][],
  actual: (key: string, expected: T) => unknown,
): unknown[] {
  const found: unknown[] = []
  for (const [key, wanted] of expected) {
    const got = actual(key, wanted)
    if (ordered(got) !== ordered(wanted)) found.push({ key, wanted, got })
    if (found.length === 3) break
  }
  return found
}

/** JSON in which the order of keys says nothing; undefined has none. */
export function ordered(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
  })
}
