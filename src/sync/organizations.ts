import type { Attribute } from '../destination/destination.ts'
import { identifier, literal } from '../sql-text.ts'
import type { Database } from './ledger/database.ts'
import { deliveredName } from './ledger/delivered.ts'
import type { PlanRequest } from './plan.ts'

/**
 * Looks before sending whether the account has the organisations that people of the draft are to join. Unknown ones are left out with a
 * warning on the row, or, with `organizations: create`, announced. Returns sentences about the plan.
 */
export async function leaveOutUnknownOrganizations(
  db: Database,
  request: PlanRequest,
  attributes: readonly Attribute[],
): Promise<string[]> {
  const attribute = attributes.find(({ apart }) => apart === 'membership')
  if (attribute === undefined) return []
  const { name } = attribute
  const isJoining = `x.field = ${literal(name)} AND x."new" IS NOT NULL AND x."old" IS DISTINCT FROM x."new"`
  const rows = await db.rows<{ value: string }>(
    `SELECT DISTINCT unnest(list_transform(list_filter(fields, lambda x: ${isJoining}), lambda x: x."new")) AS value FROM draft`,
  )
  if (rows.length === 0) return []
  const missing = await request.connection.missingOrganizations(
    name,
    rows.map(({ value }) => value),
  )
  if (missing.length === 0) return []
  // In quotation marks, by which whoever may not see values is spared them.
  const some = `${missing
    .slice(0, 5)
    .map((one) => JSON.stringify(one))
    .join(', ')}${missing.length > 5 ? ', …' : ''}`
  const count = missing.length === 1 ? '1 organisation' : `${missing.length} organisations`
  if (request.settings.organizations === 'create' && name !== 'organization_id')
    return [`${count} will be created: ${some}.`]
  const unknown = `x.field = ${literal(name)} AND list_contains([${missing.map(literal).join(', ')}]::VARCHAR[], x."new")`
  await db.run(`
    CREATE OR REPLACE TEMP TABLE joining AS
    SELECT person, first_row, list_filter(fields, lambda x: ${unknown})[1]."new" AS value FROM draft
    WHERE len(list_filter(fields, lambda x: ${unknown})) > 0`)
  await db.run(`INSERT INTO omissions SELECT first_row, ${literal(name)}, 'unknown_organization', value FROM joining`)
  // Somebody may create the organisation: who lacks it is looked at in every run.
  await db.run('UPDATE person SET digest = NULL WHERE person IN (SELECT person FROM joining)')
  await db.run(`
    UPDATE plan.people_values AS v SET ${identifier(name)} = d.${identifier(name)} FROM joining j
    JOIN person p ON p.person = j.person LEFT JOIN ${deliveredName(request.account.account)} d ON d._person = p.delivered WHERE j.person = v.person`)
  await db.run(
    `UPDATE draft SET fields = list_filter(fields, lambda x: NOT (${unknown})) WHERE person IN (SELECT person FROM joining)`,
  )
  await db.run('DROP TABLE temp.joining')
  return [`The account has no such organisation: ${some} (${count}); nobody joins it.`]
}
