import { useQueries } from '@tanstack/react-query'
import { call } from '../../api/call.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'

/** Looking at a table costs the server something: of more than so many only the names are completed. */
const LOOKED_AT = 20

/** A name as SQL takes it. */
export const quotedName = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`

/** Which database a table is of, and its name in the SQL of that database. */
export function tableOf({ key, status }: Pick<Definition, 'key' | 'status'>): { database: string; table: string } {
  const [database = '', table = key] = [status.database, status.table].map((one) =>
    typeof one === 'string' ? one : undefined,
  )
  return { database, table }
}

/** Keys of the databases that have tables, in order. */
export function useDatabases(): string[] {
  const { data } = useGet('GET /tables')
  return [...new Set((data?.items ?? []).map((one) => tableOf(one).database))].sort()
}

/** The tables that SQL may read: those of its database, and all where it names none. */
export const tablesOf = (items: readonly Definition[], database: string | null): Definition[] =>
  items.filter((one) => database === null || tableOf(one).database === database)

/** What people call a table; its name in SQL where nobody named it. */
export const tableTitle = (one: Pick<Definition, 'key' | 'body' | 'status'>): string =>
  typeof one.body.name === 'string' && one.body.name !== '' ? one.body.name : tableOf(one).table

/** Tables that rules over tables of the same database may take for lists. */
export const listsOf = (items: readonly Definition[], database: string | null): { value: string; label: string }[] =>
  tablesOf(items, database).map((one) => ({ value: tableOf(one).table, label: tableTitle(one) }))

/** Tables of a database and their columns, for completion; names are there before their columns. */
export function useSchema(database: string | null): Record<string, string[]> {
  const { data } = useGet('GET /tables')
  const tables = tablesOf(data?.items ?? [], database)
  const columns = useQueries({
    queries: tables.slice(0, LOOKED_AT).map(({ key }) => ({
      queryKey: ['GET /tables/{key}/columns', { params: { key } }],
      queryFn: ({ signal }: { signal: AbortSignal }) => call('GET /tables/{key}/columns', { params: { key }, signal }),
      staleTime: 300_000,
      retry: false,
    })),
    combine: (answers) => JSON.stringify(answers.map(({ data }) => (data?.items ?? []).map(({ column }) => column))),
  })
  return schemaOf(
    tables.map((one) => tableOf(one).table),
    columns,
  )
}

let last: { of: string; schema: Record<string, string[]> } = { of: '', schema: {} }

/** The same object for the same names, so that the editor is not told of a change where there is none. */
function schemaOf(names: string[], columns: string): Record<string, string[]> {
  const of = JSON.stringify(names) + columns
  if (of !== last.of) {
    const read = JSON.parse(columns) as string[][]
    last = {
      of,
      schema: Object.fromEntries(names.map((name, index) => [quotedName(name), (read[index] ?? []).map(quotedName)])),
    }
  }
  return last.schema
}
