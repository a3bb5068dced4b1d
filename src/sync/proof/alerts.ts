import { rowReasons } from '../../problem.ts'
import { literal } from '../ledger/database.ts'

/**
 * SQL: the alerts of a run as lines of its records. `people` is a SELECT of person, external_id, email and name; temp table `record` must
 * be there. People who left the result have no row: their lines have row 0.
 */
export function alertLines(run: string, people: string): string {
  const codes = Object.entries(rowReasons).filter(([code]) => code.startsWith('seen.'))
  const sentence = `CASE a.code ${codes.map(([code, text]) => `WHEN ${literal(code)} THEN ${literal(text)}`).join(' ')} END`
  return `
    SELECT coalesce(q.first_row, 0) AS row, coalesce(p.external_id, c.external_id) AS external_id, coalesce(p.email, c.email) AS email,
      coalesce(p.name, c.name) AS name, coalesce(r.outcome, 'updated') AS outcome, a.field, a.sent AS value, a.code,
      concat(${sentence}, CASE WHEN a.code IN ('seen.gone', 'seen.field_unknown') THEN '' WHEN a.found IS NULL THEN ' Zendesk holds nothing.'
        ELSE concat(' Zendesk holds: ', a.found) END) AS reason
    FROM alerts a LEFT JOIN plan.people q ON q.person = a.person LEFT JOIN (${people}) p ON p.person = a.person LEFT JOIN record r ON r.row = q.first_row
    LEFT JOIN plan.changes c ON c.person = a.person AND c.wave = 1 WHERE a.run = ${literal(run)}`
}
