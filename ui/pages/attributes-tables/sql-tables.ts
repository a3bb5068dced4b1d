import { useMemo } from 'react'
import { useGet } from '../../api/use.ts'

/** Keys of the databases that have tables, for a choice where there are several. */
export function useDatabases(): string[] {
  const { data } = useGet('GET /tables')
  const found = (data?.items ?? []).flatMap(({ status }) =>
    typeof status.database === 'string' ? [status.database] : [],
  )
  return [...new Set(found)].sort()
}

/** Tables and the columns that are known of them, for completion; of one database where the project has several. */
export function useSqlTables(database: string | null): Record<string, string[]> | undefined {
  const { data } = useGet('GET /tables')
  return useMemo(() => {
    if (data === undefined) return undefined
    const seen = data.items.filter(({ status }) => database === null || status.database === database)
    return Object.fromEntries(
      seen.map(({ key, status }) => [
        typeof status.table === 'string' ? status.table : key,
        Array.isArray(status.columns) ? (status.columns as string[]) : [],
      ]),
    )
  }, [data, database])
}
