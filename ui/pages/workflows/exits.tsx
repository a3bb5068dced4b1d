import type { ExitRow } from '../../api/operations.ts'
import { usePages } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PersonName } from '../../parts/person-name.tsx'

const actionWords: Record<ExitRow['action'], string> = {
  nothing: 'nothing',
  clear_fields: 'clear fields',
  remove_tags: 'remove tags',
  suspend: 'suspend',
  delete: 'delete',
}
const outcomeWords: Record<ExitRow['outcome'], string> = {
  done: 'Done',
  gone: 'Was gone already',
  failed: 'Failed',
  pending: 'Not yet',
}

/** Who left the result, what was planned for them, and what became of it. */
export function Exits({ id }: { id: string }) {
  const answer = usePages('GET /workflows/{id}/exits', { params: { id }, query: { limit: 200 } })
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = answer
  const rows = items.map((exit, index) => ({ ...exit, index }))
  return (
    <WithAnswer of={answer} loading="Reading who left">
      {() => (
        <DataTable
          label="Who left"
          rows={rows}
          rowKey={({ index }) => String(index)}
          onEnd={hasNextPage ? () => void (isFetchingNextPage || fetchNextPage()) : undefined}
          empty={<EmptyState why="Nobody left the result of the query in this run." />}
          columns={[
            {
              key: 'who',
              head: 'Person',
              cell: ({ name, email, external_id }) => <PersonName name={name} email={email} externalId={external_id} />,
            },
            { key: 'action', head: 'Planned', cell: ({ action }) => actionWords[action] },
            { key: 'outcome', head: 'Outcome', cell: ({ outcome }) => outcomeWords[outcome] },
            { key: 'reason', head: 'Reason', rank: 2, cell: ({ reason }) => reason ?? '' },
          ]}
        />
      )}
    </WithAnswer>
  )
}
