/**
 * Repeatable chance. Everything the emulator leaves to luck (ids, latencies, races, faults with a probability) draws from its
 * own stream, so that one more draw in one place does not change what happens in another.
 */
export interface Random {
  /** A number >= 0 and < 1. */
  next(): number
  /** An integer >= min and <= max. */
  integer(min: number, max: number): number
  chance(probability: number): boolean
  /** Lower-case hexadecimal digits. */
  hex(length: number): string
}

/** mulberry32 over the seed and the name of the stream: 32 bits of state are plenty for a fake, and it is fast. */
export function createRandom(seed: number, stream: string): Random {
  let state = seed | 0
  for (let index = 0; index < stream.length; index++) state = Math.imul(state ^ stream.charCodeAt(index), 0x01000193)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    hex: (length) => {
      let text = ''
      while (text.length < length) text += integer(0, 15).toString(16)
      return text
    },
  }
}

/** The numbers 0 to length-1 in a random order (Fisher-Yates). */
export function shuffledIndexes(length: number, random: Random): number[] {
  const indexes = Array.from({ length }, (_, index) => index)
  for (let index = length - 1; index > 0; index--) {
    const other = random.integer(0, index)
    const held = indexes[index]!
    indexes[index] = indexes[other]!
    indexes[other] = held
  }
  return indexes
}
