/** Whom a row means: the keys of its user, and which of them comes first. */
import { type Account, primaryEmail, type User } from './account.ts'
import type { Row } from './attributes.ts'
import { normalizedEmail } from './email.ts'

export type WriteMode = 'upsert' | 'create' | 'update'

/** Whom a row meant when it looked. */
export interface Match {
  user: User | undefined
  version: number
  /** An `id` (or, on update, any key) that nobody has. */
  isMissing: boolean
}

/**
 * External_id first, then e-mail over all identities (inferred from COMM-MERGE and OAS CreateOrUpdateUser).
 * Assumption: an `id` comes before both (JAVA createOrUpdateUsers sends it), and one that nobody has is RecordNotFound (zenpy #586).
 * The other readings: `idSelects`, `keyPrecedence`, `emailMatch`.
 */
export function findMatch(account: Account, row: Row, mode: WriteMode): Match {
  if (mode === 'create') return { user: undefined, version: 0, isMissing: false }
  const user = findUser(account, row, mode)
  const isMissing = user === undefined && (mode === 'update' || selectsById(account, row, mode))
  return { user, version: user?.version ?? 0, isMissing }
}

/** As {@link findMatch} finds him, for a row that upserts or updates. */
export function findUser(account: Account, row: Row, mode: WriteMode): User | undefined {
  if (selectsById(account, row, mode)) {
    const user = account.user(row.id as number)
    return user?.active ? user : undefined
  }
  const { external_id: externalId } = row
  const holder = typeof externalId === 'string' && externalId !== '' ? account.byExternalId(externalId) : undefined
  if (mode === 'update') return holder
  return account.settings.keyPrecedence === 'email'
    ? (findByEmail(account, row) ?? holder)
    : (holder ?? findByEmail(account, row))
}

/** An id that is no number is a blank one, which is ignored (ZENPY). */
export function selectsById(account: Account, row: Row, mode: WriteMode): boolean {
  return typeof row.id === 'number' && (mode === 'update' || account.settings.idSelects)
}

function findByEmail(account: Account, row: Row): User | undefined {
  if (typeof row.email !== 'string') return undefined
  const email = normalizedEmail(row.email)
  const user = account.byEmail(email)
  return user && (account.settings.emailMatch === 'any_address' || primaryEmail(user) === email) ? user : undefined
}
