import type { Write, WriteResult } from '../../destination/destination.ts'
import type { FollowUp, Outcome } from '../ledger/journal.ts'

/** One write on its way: a planned change, or a follow-up that serves one. */
export interface Attempt {
  /** Number of the planned change or of the follow-up. */
  change: number
  /** The planned change it serves. */
  root: number
  kind: 'planned' | 'whole' | 'again'
  /** A refusal of this attempt is the last word. */
  rechecked: boolean
  /** Resent this often because a job gave no believable word on it. */
  tries: number
  write: Write
}

/** What a job's results mean for the attempts of its batch. */
export interface Settlement {
  outcomes: Outcome[]
  followUps: FollowUp[]
  /** Not settled: to be sent again. */
  again: Attempt[]
}

/** The word on an attempt, ready for the ledger. */
export function outcomeOf(attempt: Attempt, result: Outcome['result']): Outcome {
  return { change: attempt.change, whole: attempt.kind === 'whole', result }
}

/**
 * The rules of settling, pure: `created` and `updated` need Zendesk's word for the row (I2); an update that created a user, or hit another
 * one, is followed by everything we know of the person; the first refusal of a change is looked into once, the second is final; a row
 * without a believable word is sent again, alone at last, and then fails.
 */
export function settleAttempts(
  attempts: readonly Attempt[],
  results: readonly WriteResult[],
  nextFollowUp: () => number,
): Settlement {
  const settlement: Settlement = { outcomes: [], followUps: [], again: [] }
  attempts.forEach((attempt, index) => {
    const result = results[index] ?? { status: 'unknown' }
    if (result.status === 'unknown') {
      if (attempts.length === 1 && attempt.tries > 0) {
        settlement.outcomes.push(outcomeOf(attempt, noResult))
      } else {
        settlement.again.push({ ...attempt, tries: attempt.tries + 1 })
      }
      return
    }
    settlement.outcomes.push(outcomeOf(attempt, result))
    const followUp = followUpOf(attempt, result)
    if (followUp !== null) settlement.followUps.push({ change: nextFollowUp(), root: attempt.root, ...followUp })
  })
  return settlement
}

const noResult = {
  status: 'failed',
  code: 'zendesk.no_result',
  reason: 'The job of this row finished without a result for it, also when it was sent alone.',
} as const

function followUpOf(
  attempt: Attempt,
  result: Exclude<WriteResult, { status: 'unknown' }>,
): Pick<FollowUp, 'kind' | 'rechecked'> | null {
  if (result.status === 'failed') return attempt.rechecked ? null : { kind: 'again', rechecked: true }
  if (attempt.kind === 'whole' || attempt.write.kind === 'create') return null
  const known = attempt.write.zendeskId
  const vanished = result.status === 'created' || (known !== null && result.zendeskId !== known)
  return vanished ? { kind: 'whole', rechecked: attempt.rechecked } : null
}

/** The only row of a job that broke: final. */
export function jobFailed(attempt: Attempt, reason: string): Outcome {
  return outcomeOf(attempt, { status: 'failed', code: 'zendesk.job_failed', reason })
}
