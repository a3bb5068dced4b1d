/** The jobs of the bulk endpoints that write users. */
import { type Account, primaryEmail, type User } from './account.ts'
import type { Row } from './attributes.ts'
import type { Task } from './jobs.ts'
import { findMatch, type Match, type WriteMode } from './row-match.ts'
import type { Settings } from './settings.ts'
import { applyRow, type RowOutcome } from './upsert.ts'
import { localized } from './wording.ts'

/** JINMU: "Bulk Create User" on create_many. Assumption: the others follow it. */
const jobTypes: Record<WriteMode, string> = {
  create: 'Bulk Create User',
  upsert: 'Bulk Create User',
  update: 'Bulk Update User',
}

export interface UserJobRequest {
  account: Account
  mode: WriteMode
  rows: readonly Row[]
  /** Of whoever asked for it, since an agent may write end users only. */
  isAdmin: boolean
  /** Counts a write of a user against his limit: false if there have been too many. */
  takeWrite: (user: User, atS: number) => boolean
}

export function userTask({ account, mode, rows, isAdmin, takeWrite }: UserJobRequest): Task {
  let matches: Match[] = []
  /** Whom this job has written, for rows that follow each other. */
  const written = new Set<User>()
  const matchOf = (index: number): Match => {
    if (account.settings.rowRace !== 'in_order') return matches[index]!
    const match = findMatch(account, rows[index]!, mode)
    return match.user && written.has(match.user) ? match : matches[index]!
  }
  return {
    type: jobTypes[mode],
    jobClass: 'UserBulkUpdateJobV2', // DOC-RL
    doing: `${mode === 'update' ? 'Updating' : 'Creating'} User`, // ZENPY
    total: rows.length,
    start: () => {
      matches = rows.map((row) => findMatch(account, row, mode))
    },
    apply: (index, atS, race) => {
      const row = rows[index]!
      const match = matchOf(index)
      const isTooMuch = account.settings.userLimitInBulk && match.user !== undefined && !takeWrite(match.user, atS)
      const outcome = isTooMuch ? tooManyWrites : applyRow({ account, mode, atS, race, isAdmin }, row, match)
      if (outcome.status !== 'Failed') written.add(outcome.user)
      return resultJson(account.settings, outcome, index, row, mode)
    },
  }
}

/** DOC-RL, GRP: the words of the limit of singular writes. Assumption: the name of the error. */
const tooManyWrites: RowOutcome = {
  status: 'Failed',
  code: 'TooManyRequests',
  errors: [{ attribute: 'base', description: 'You have exceeded the rate limit for updating a single unique user.' }],
}

function resultJson(settings: Settings, outcome: RowOutcome, index: number, row: Row, mode: WriteMode): string {
  const isExtended = settings.upsertResultKeys === 'extended'
  if (outcome.status === 'Failed') {
    const language = settings.localizedJobDetails ? settings.locale : 'en-US'
    const details = outcome.errors.map((error) => localized(describe(error), language)).join(', ')
    if (mode !== 'update') {
      // COMM-ORDER, JAVA PR #325: `id` is the index of the row. UserUpdateError also for failed creates; other names are ours.
      const failure = { id: index, error: outcome.code, details, status: 'Failed' }
      return JSON.stringify(isExtended ? { ...failure, index, success: false } : failure)
    }
    // OAS FailedResult. Assumption: a row without an id has its index there.
    const id = typeof row.id === 'number' ? row.id : index
    return JSON.stringify({ id, action: 'update', error: outcome.code, success: false, details, status: 'Failed' })
  }
  const { user, status } = outcome
  // ZENPY update_many.
  if (mode === 'update') return `{"id":${user.id},"action":"update","status":"Updated","success":true}`
  // ZENPY, JAVA: e-mail and external_id only if the user has one.
  const email = primaryEmail(user)
  let text = `{"id":${user.id},"status":"${status}"`
  if (isExtended) text += `,"index":${index},"action":"${status === 'Created' ? 'create' : 'update'}","success":true`
  if (email !== null) text += `,"email":${JSON.stringify(email)}`
  if (user.externalId !== null) text += `,"external_id":${JSON.stringify(user.externalId)}`
  return `${text}}`
}

/** COMM-ORDER: "Name: Email: x is not properly formatted"; COMM-MERGE shows the duplicate without the first label. */
function describe(error: { attribute: string; description: string; error?: string }): string {
  return error.attribute === 'email' && error.error === undefined ? `Name: ${error.description}` : error.description
}
