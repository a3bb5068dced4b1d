import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { Moment } from '../../parts/values.tsx'
import { lastWorkflow } from './model.ts'

/** The orchestrations that send the query, with their last run. */
export function SentTo({ query }: { query: Definition }) {
  const mayRead = useMay('orchestration:read')
  if (!mayRead) return <EmptyState why={query.used_by.length === 0 ? 'Nothing uses it.' : query.used_by.join(', ')} />
  return <Orchestrations query={query} />
}

function Orchestrations({ query }: { query: Definition }) {
  const all = useGet('GET /orchestrations')
  const mayAdd = useMay('orchestration:write')
  const add = mayAdd && (
    <Button
      variant="default"
      leftSection={<Plus size={14} aria-hidden />}
      renderRoot={(props) => <Link {...props} to="/activations" search={{ new: query.key }} />}
    >
      Send it to a destination
    </Button>
  )
  return (
    <WithAnswer of={all} loading="Reading the orchestrations" rows={3}>
      {({ items }) => (
        <>
          <DataTable
            label="Orchestrations"
            rows={items.filter(({ key }) => query.used_by.includes(`orchestration/${key}`))}
            rowKey={({ key }) => key}
            rowTo={({ key }) => ({ to: '/orchestrations/$key', params: { key } })}
            empty={<EmptyState why="Nothing sends this query yet." action={add} />}
            columns={[
              { key: 'name', head: 'Orchestration', cell: ({ key, body }: Definition) => String(body.name ?? key) },
              { key: 'to', head: 'Destination', cell: ({ body }) => String(body.destination) },
              {
                key: 'state',
                head: 'Last run',
                cell: (one) => {
                  const last = lastWorkflow(one)
                  return last === null ? 'never' : <StateBadge state={last.state} />
                },
              },
              {
                key: 'at',
                head: 'At',
                rank: 2,
                cell: (one) => <Moment at={lastWorkflow(one)?.requested_at ?? null} />,
              },
            ]}
          />
          {query.used_by.length > 0 && <div style={{ marginTop: 12 }}>{add}</div>}
        </>
      )}
    </WithAnswer>
  )
}
