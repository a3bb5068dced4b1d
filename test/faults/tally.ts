import { appendFileSync } from 'node:fs'

/** One line of what `npm run test:faults` prints at its end. */
export interface Tally {
  fault: string
  /** How often it struck. */
  times: number
  /** How often jobs were in flight then. */
  inFlight: number
  /** What each process announced as waits. */
  lostMs: readonly number[]
}

/** Notes what a test has shown; told only where somebody collects it. */
export function tally(line: Tally): void {
  const file = process.env.DESKSIDE_FAULTS_TALLY
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`)
}
