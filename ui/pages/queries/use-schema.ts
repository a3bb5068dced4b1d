import { useQueries } from '@tanstack/react-query'
import { call } from '../../api/call.ts'
import { useGet } from '../../api/use.ts'
import { quotedName } from './model.ts'

/** Looking at a table costs the server something: of more than so many only the names are completed. */
const LOOKED_AT = 20

/** Tables and their columns, for completion; names are there before their columns. */
export function useSchema(): Record<string, string[]> {
  const { data } = useGet('GET /tables')
  const names = (data?.items ?? []).map(({ key }) => key)
  const looked = names.slice(0, LOOKED_AT)
  const columns = useQueries({
    queries: looked.map((key) => ({
      queryKey: ['GET /tables/{key}/columns', { params: { key } }],
      queryFn: ({ signal }: { signal: AbortSignal }) => call('GET /tables/{key}/columns', { params: { key }, signal }),
      staleTime: 300_000,
      retry: false,
    })),
    combine: (answers) => JSON.stringify(answers.map(({ data }) => (data?.items ?? []).map(({ column }) => column))),
  })
  return schemaOf(names, columns)
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
