import { rowReasons } from '../../problem.ts'
import { literal } from '../../sql-text.ts'

/**
 * SQL: the alerts of a run as lines of its records. `people` makes of a SELECT of persons one with their external_id, email and name; temp
 * view `record` must be there. People who left the result have no row: their lines have row 0.
 */
export function alertListing(run: string, people: (persons: string) => string) {
  const codes = Object.entries(rowReasons).filter(([code]) => code.startsWith('seen.'))
  const sentence = `CASE a.code ${codes.map(([code, text]) => `WHEN ${literal(code)} THEN ${literal(text)}`).join(' ')} END`
  const alerts = `(
    SELECT coalesce(q.first_row, 0) AS row, a.* FROM alerts a LEFT JOIN plan.people q ON q.person = a.person WHERE a.run = ${literal(run)})`
  return {
    numbers: `SELECT row FROM ${alerts}`,
    lines: (within: (column: string) => string) => `
      SELECT a.row, coalesce(p.external_id, c.external_id) AS external_id, coalesce(p.email, c.email) AS email, coalesce(p.name, c.name) AS name,
        coalesce(r.outcome, 'updated') AS outcome, a.field, a.sent AS value, a.code,
        concat(${sentence}, CASE WHEN a.code IN ('seen.gone', 'seen.field_unknown') THEN '' WHEN a.found IS NULL THEN ' Zendesk holds nothing.'
          ELSE concat(' Zendesk holds: ', a.found) END) AS reason
      FROM (SELECT * FROM ${alerts} WHERE ${within('row')}) a
      LEFT JOIN (${people(`SELECT person FROM ${alerts} WHERE ${within('row')}`)}) p ON p.person = a.person
      LEFT JOIN (SELECT * FROM record WHERE ${within('row')}) r ON r.row = a.row
      LEFT JOIN plan.changes c ON c.person = a.person AND c.wave = 1`,
  }
}
