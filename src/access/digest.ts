import { createHash, timingSafeEqual } from 'node:crypto'

/** SHA-256 in hex. Enough for texts of 256 random bits, which nobody can guess their way to; passwords need more. */
export function digest(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

/** Whether `text` has this {@link digest}, in a time that does not tell how much of it agrees. */
export function hasDigest(text: string, expected: string): boolean {
  const [actual, wanted] = [Buffer.from(digest(text)), Buffer.from(expected)]
  return actual.length === wanted.length && timingSafeEqual(actual, wanted)
}
