import { useMay } from '../../api/me.ts'
import type { LookedColumn } from '../../api/operations.ts'
import { useCall } from '../../api/use.ts'
import { confirm, said, saidProblem } from '../../parts/dialogs.tsx'
import { counted } from '../../parts/values.tsx'

type Tagged = Pick<LookedColumn, 'column' | 'pii' | 'guess'>

export interface Tagging {
  /** Resolves with whether it was done. */
  tag: (columns: readonly Tagged[], pii: boolean | null) => Promise<boolean>
  /** Whether the person may call a column free or leave it to the guess, which may show its values. */
  mayFree: boolean
  isPending: boolean
}

/** Says of columns whether they are personal; asks before values are shown that were hidden. */
export function useTagging(table: string): Tagging {
  const mayFree = useMay('pii:read')
  const call = useCall('PUT /tables/{key}/columns', { stale: ['/tables'] })
  const tag = async (columns: readonly Tagged[], pii: boolean | null) => {
    const shown = columns.filter((one) => one.pii && (pii ?? one.guess.pii) === false)
    if (shown.length > 0 && !(await isSure(shown.map(({ column }) => column)))) return false
    const body = { columns: Object.fromEntries(columns.map(({ column }) => [column, pii])) }
    try {
      await call.mutateAsync({ params: { key: table }, body })
      said(doneText(columns, pii))
      return true
    } catch (error) {
      saidProblem(error as Parameters<typeof saidProblem>[0])
      return false
    }
  }
  return { tag, mayFree, isPending: call.isPending }
}

function isSure(columns: readonly string[]): Promise<boolean> {
  return confirm({
    title: columns.length === 1 ? `Show the values of ${columns[0]}` : `Show the values of ${columns.length} columns`,
    what: `${columns.join(', ')}: the values will be seen by everybody who may read tables, and by those who may send no personal values. What queries and segments make of them follows.`,
    verb: 'Call free',
  })
}

function doneText(columns: readonly Tagged[], pii: boolean | null): string {
  const what = columns.length === 1 ? columns[0]!.column : counted(columns.length, 'column')
  const verb = columns.length === 1 ? 'is' : 'are'
  if (pii === null) return `${what} ${verb} left to the guess.`
  return `${what} ${verb} ${pii ? 'personal' : 'free'} from now on.`
}
