/** The jobs of the bulk endpoints that write users. */
import { type Account, primaryEmail } from './account.ts'
import type { Row } from './attributes.ts'
import type { Task } from './jobs.ts'
import { applyRow, findMatch, type Match, type RowOutcome, type WriteMode } from './upsert.ts'

/** JINMU: "Bulk Create User" on create_many. Assumption: the others follow it. */
const jobTypes: Record<WriteMode, string> = {
  create: 'Bulk Create User',
  upsert: 'Bulk Create User',
  update: 'Bulk Update User',
}

/** `isAdmin`: of whoever asked for it, since an agent may write end users only. */
export function userTask(account: Account, mode: WriteMode, rows: readonly Row[], isAdmin: boolean): Task {
  let matches: Match[] = []
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
      return resultJson(applyRow({ account, mode, atS, race, isAdmin }, row, matches[index]!), index, row, mode)
    },
  }
}

function resultJson(outcome: RowOutcome, index: number, row: Row, mode: WriteMode): string {
  if (outcome.status === 'Failed') {
    const details = outcome.errors.map(describe).join(', ')
    if (mode !== 'update') {
      // COMM-ORDER, JAVA PR #325: `id` is the index of the row. UserUpdateError also for failed creates; other names are ours.
      return JSON.stringify({ id: index, error: outcome.code, details, status: 'Failed' })
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
  if (email !== null) text += `,"email":${JSON.stringify(email)}`
  if (user.externalId !== null) text += `,"external_id":${JSON.stringify(user.externalId)}`
  return `${text}}`
}

/** COMM-ORDER: "Name: Email: x is not properly formatted"; COMM-MERGE shows the duplicate without the first label. */
function describe(error: { attribute: string; description: string; error?: string }): string {
  return error.attribute === 'email' && error.error === undefined ? `Name: ${error.description}` : error.description
}
