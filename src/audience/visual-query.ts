import { identifier } from '../sql-text.ts'
import { readMapped, selected } from './attributes-table.ts'
import type { Column } from './columns.ts'
import { assertNoMistakes, type RuleMistake, readRules } from './condition.ts'
import { conditionSql, literals } from './condition-sql.ts'
import type { RuleGroup } from './rules.ts'

/** A query that is made of rules over one table. */
export interface VisualQuery {
  from: string
  where: RuleGroup | null
  columns: readonly string[] | null
  mapping: Readonly<Record<string, string>>
}

/**
 * The SELECT of a visual query whose table was bound: its rows in the order of the columns from left to right, so that equal tables give equal
 * results. `key` null: it is not saved. Throws `segment.invalid` with every mistake.
 */
export function visualQuerySql(
  key: string | null,
  query: VisualQuery,
  columns: readonly Column[],
  lists: readonly string[],
): string {
  const of = `the table ${query.from}`
  const mistakes: RuleMistake[] = []
  const where =
    query.where === null
      ? null
      : readRules(query.where, { of, columns, id: null, segments: [], lists }, 'where', mistakes)
  const { mapping, columns: fields } = query
  const chosen = readMapped({ of, path: null, list: 'columns' }, columns, { mapping, fields }, mistakes)
  assertNoMistakes(key === null ? 'The query' : `The query ${key}`, mistakes)
  const condition =
    where === null ? [] : [`WHERE ${conditionSql(where, { write: literals, today: null, membersOf: () => '' }, '  ')}`]
  const order = chosen.map((_, index) => index + 1).join(', ')
  return [`SELECT ${selected(chosen)}`, `FROM ${identifier(query.from)}`, ...condition, `ORDER BY ${order}`, ''].join(
    '\n',
  )
}
