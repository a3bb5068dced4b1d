/** Chance in tests: repeatable, its seed printed and accepted back. */

/** Repeatable numbers between 0 and 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The seed of this run of a test, printed; DESKSIDE_TEST_SEED repeats an earlier one. */
export function seedOf(test: string): number {
  const seed = Number(process.env.DESKSIDE_TEST_SEED ?? Date.now() % 1_000_000)
  console.log(`${test}: DESKSIDE_TEST_SEED=${seed}`)
  return seed
}
