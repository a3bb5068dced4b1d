import { reached } from '../../moment.ts'
import { Problem } from '../../problem.ts'
import { type Ledger, timestamp } from '../ledger/ledger.ts'

/** What was read of a ledger, until that changes: a list of orchestrations must not wait for a plan that has the connection. */
const known = new WeakMap<Ledger, Promise<ReadonlyMap<string, string>>>()

/** Since when an orchestration is paused; null: it is not. */
export async function pausedSince(ledger: Ledger, orchestration: string): Promise<string | null> {
  const read = known.get(ledger) ?? readPauses(ledger)
  known.set(ledger, read)
  try {
    return (await read).get(orchestration) ?? null
  } catch (error) {
    known.delete(ledger)
    throw error
  }
}

async function readPauses(ledger: Ledger): Promise<ReadonlyMap<string, string>> {
  const rows = await ledger.db.rows<{ orchestration: string; at: string }>(
    'SELECT orchestration, epoch_ms(paused_at)::VARCHAR AS "at" FROM paused',
  )
  return new Map(rows.map(({ orchestration, at }) => [orchestration, new Date(Number(at)).toISOString()]))
}

/** Keeps an orchestration from planning and running until {@link resumeOrchestration}; again is no harm. */
export async function pauseOrchestration(
  ledger: Ledger,
  orchestration: string,
  { reason, at }: { reason: string; at: Date },
): Promise<void> {
  reached('orchestration.pausing')
  await ledger.db.run(
    `INSERT INTO paused SELECT $1, $2, $3::TIMESTAMP WHERE NOT EXISTS (SELECT 1 FROM paused WHERE orchestration = $1)`,
    [orchestration, reason, timestamp(at)],
  )
  known.delete(ledger)
  reached('orchestration.paused')
}

/** Lets it run again; false when it was not paused. */
export async function resumeOrchestration(ledger: Ledger, orchestration: string): Promise<boolean> {
  const paused = await pauseOf(ledger, orchestration)
  await ledger.db.run('DELETE FROM paused WHERE orchestration = $1', [orchestration])
  known.delete(ledger)
  return paused !== null
}

export async function isPaused(ledger: Ledger, orchestration: string): Promise<boolean> {
  return (await pauseOf(ledger, orchestration)) !== null
}

/** Throws `orchestration.paused`. */
export async function assertNotPaused(ledger: Ledger, orchestration: string): Promise<void> {
  const paused = await pauseOf(ledger, orchestration)
  if (paused === null) return
  throw new Problem('orchestration.paused', {
    message: `Orchestration ${orchestration} is paused: ${paused.reason}`,
    fix: `Run \`deskside resume ${orchestration}\` when it may run again.`,
    data: { paused_at: paused.pausedAt },
  })
}

async function pauseOf(ledger: Ledger, orchestration: string): Promise<{ reason: string; pausedAt: string } | null> {
  const row = await ledger.db.first<{ reason: string; at: string }>(
    'SELECT reason, epoch_ms(paused_at)::VARCHAR AS "at" FROM paused WHERE orchestration = $1',
    [orchestration],
  )
  return row === undefined ? null : { reason: row.reason, pausedAt: new Date(Number(row.at)).toISOString() }
}
