import { randomBytes } from 'node:crypto'

/** Sortable by time, unique, and short enough to type. */
export function newRunId(): string {
  const stamp = new Date().toISOString().replace(/[-:]/g, '').slice(0, 15).replace('T', '-')
  return `${stamp}-${randomBytes(3).toString('hex')}`
}
