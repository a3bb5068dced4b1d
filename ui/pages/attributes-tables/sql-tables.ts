import { useMemo } from 'react'
import { useGet } from '../../api/use.ts'

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
