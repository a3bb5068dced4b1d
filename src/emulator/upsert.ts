/**
 * The rules of one row: whom it means, what refuses it, what it changes. Used by every writing endpoint.
 * A row reads first (row-match.ts) and writes later ({@link applyRow}); rows of one job run in parallel (ZENPY), so anything
 * may happen between the two, and the rules of a race stand in {@link applyRow}.
 */
import type { Account, User } from './account.ts'
import { type Row, readFlag } from './attributes.ts'
import type { Random } from './random.ts'
import { applyChange, type Change } from './row-change.ts'
import { checkChange, type RowError } from './row-check.ts'
import { findMatch, findUser, type Match, type WriteMode } from './row-match.ts'

export interface RowContext {
  account: Account
  mode: WriteMode
  /** When the row is written. */
  atS: number
  race: Random
  /** An agent may write end users only (DOC-USERS). */
  isAdmin: boolean
}

export type RowOutcome =
  | { status: 'Created' | 'Updated'; user: User }
  | {
      status: 'Failed'
      code: 'UserUpdateError' | 'UserCreateError' | 'DatabaseConflict' | 'RecordNotFound' | 'TooManyRequests'
      errors: RowError[]
    }

/** Writes the row, or says why not. Nothing of a refused row is written. */
export function applyRow(context: RowContext, row: Row, found: Match): RowOutcome {
  const { account, mode, race } = context
  let match = found
  // Deleted since it was looked up: the id is gone for good, other keys are free again (GRP).
  if (match.user && !match.user.active) match = findMatch(account, row, mode)
  if (match.isMissing) {
    return { status: 'Failed', code: 'RecordNotFound', errors: [{ attribute: 'base', description: 'Not found' }] }
  }
  let toleratesTwin = false
  if (match.user && match.user.version !== match.version) {
    // Assumption: two rows that meet in one user either collide (PHP #314, DatabaseConflict), lose one update, or both succeed.
    account.raceCount++
    const end = race.integer(0, 2)
    if (end === 0) {
      const errors = [{ attribute: 'base', description: 'Database collision' }]
      return { status: 'Failed', code: account.settings.collisionError, errors }
    }
    if (end === 1) return { status: 'Updated', user: match.user }
  } else if (!match.user && mode === 'upsert' && findUser(account, row, mode)) {
    // Assumption: two rows that both found nobody either make two users of one external_id, or the second is refused.
    account.raceCount++
    toleratesTwin = race.chance(0.5)
  }
  const checked = checkChange(context, row, match.user, toleratesTwin)
  if (Array.isArray(checked)) {
    const code = match.user ? 'UserUpdateError' : account.settings.failedCreateError
    return { status: 'Failed', code, errors: checked }
  }
  return write(context, row, match.user, checked)
}

function write(context: RowContext, row: Row, target: User | undefined, change: Change): RowOutcome {
  const { account, atS } = context
  const user = target ?? account.createUser(String(row.name), atS)
  account.beginChange(user, atS, target === undefined)
  const verified = readFlag(row.verified) === true
  const skipsMail = readFlag(row.skip_verify_email) === true
  applyChange(account, user, row, change, atS)
  // DOC: a new user of a domain joins its organisation. Assumption: unless the row says something about organisations.
  if (!target && change.organizationId === undefined) account.organizations.joinByDomain(user, atS)
  // OAS skip_verify_email; support 4408824350746 for new users. Inferred: a new secondary address is mailed whatever that setting.
  const isMailed = target ? true : account.settings.agentCreatedWelcomeEmails
  if (change.newEmail !== null && !verified && !skipsMail && isMailed) {
    account.sendVerificationMail(user, change.newEmail, atS)
  }
  return { status: target ? 'Updated' : 'Created', user }
}
