import type { Engine } from '../engine/engine.ts'
import type { Project, Query } from './project.ts'

/** Columns of a query with their types, in order; the query is bound and not run. Throws Problem. */
export async function queryColumns(
  { tables, dialect, timeZone, limits }: Pick<Project, 'tables' | 'dialect' | 'timeZone' | 'limits'>,
  query: Query,
  engine: Engine,
): Promise<{ name: string; type: string }[]> {
  const bound = await engine.bind({ tables, sql: query.sql, file: query.file, dialect, timeZone, limits })
  return bound.columns
}
