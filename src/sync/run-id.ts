import { randomBytes } from 'node:crypto'

/** Sortable by time, unique, and short enough to type. */
export function newRunId(at: Date): string {
  const stamp = at.toISOString().replace(/[-:]/g, '').slice(0, 15).replace('T', '-')
  return `${stamp}-${randomBytes(3).toString('hex')}`
}
