import { Button } from '@mantine/core'
import { useMay } from '../../../api/me.ts'
import type { HandOver } from '../../../api/operations.ts'
import { useCall, useGet } from '../../../api/use.ts'
import { WithAnswer } from '../../../parts/answer.tsx'
import { DataTable, type TableColumn } from '../../../parts/data-table.tsx'
import { confirm, said, saidProblem } from '../../../parts/dialogs.tsx'
import { EmptyState } from '../../../parts/empty-state.tsx'
import { StateBadge } from '../../../parts/state-badge.tsx'
import { Moment } from '../../../parts/values.tsx'

/** Links by which somebody else enters a secret, open or not. */
export function HandOvers() {
  const list = useGet('GET /hand-overs', {}, { everyMs: 15_000 })
  const mayWrite = useMay('credential:write')
  return (
    <WithAnswer of={list} loading="Reading the links">
      {({ items }) => (
        <DataTable
          label="Links to enter a secret"
          rows={items}
          columns={mayWrite ? [...columns, ending] : columns}
          rowKey={({ id }) => id}
          empty={
            <EmptyState why="No link waits. A link lets somebody else enter a secret here, once, without telling you." />
          }
        />
      )}
    </WithAnswer>
  )
}

const columns: TableColumn<HandOver>[] = [
  { key: 'name', head: 'Credential', cell: ({ name, is_new: isNew }) => (isNew ? `${name} (new)` : name) },
  {
    key: 'state',
    head: 'State',
    cell: ({ state }) =>
      state === 'open' ? (
        <StateBadge state="waiting" word="Waits to be used" />
      ) : state === 'used' ? (
        <StateBadge state="succeeded" word="Used" />
      ) : (
        <StateBadge state="inactive" word="Over" />
      ),
  },
  { key: 'type', head: 'Type', rank: 3, cell: ({ type_name: type }) => type },
  { key: 'asked_by', head: 'Made by', rank: 3, cell: ({ asked_by: by }) => by || 'the owner of the server' },
  { key: 'failures', head: 'Failed tests', rank: 3, align: 'right', cell: ({ failures }) => failures },
  { key: 'until', head: 'Good until', rank: 2, cell: ({ expires_at: at }) => <Moment at={at} /> },
]

const ending: TableColumn<HandOver> = {
  key: 'end',
  head: 'What to do',
  cell: (one) => (one.state === 'open' ? <End of={one} /> : null),
}

function End({ of }: { of: HandOver }) {
  const end = useCall('DELETE /hand-overs/{id}', { stale: ['/hand-overs'], onDone: () => said('The link is over.') })
  const ask = async () => {
    const what = 'It opens nothing from then on. What was entered before stays.'
    if (await confirm({ title: `End the link for ${of.name}`, what, verb: 'End link', hurts: true }))
      end.mutate({ params: { id: of.id } }, { onError: saidProblem })
  }
  return (
    <Button variant="default" size="compact-xs" onClick={() => void ask()} aria-label={`End the link for ${of.name}`}>
      End
    </Button>
  )
}
