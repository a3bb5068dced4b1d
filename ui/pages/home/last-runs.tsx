import { lastWorkflowOf, nameOf } from '../../api/definition.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { OutcomeBar, outcomesOf } from '../../parts/outcome-bar.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { Figure, Moment } from '../../parts/values.tsx'
import { WorkflowState } from '../../parts/workflow-state.tsx'

/** Each orchestration with what became of its last run. */
export function LastRuns({ orchestrations }: { orchestrations: readonly Definition[] }) {
  // The last run of most orchestrations is one of the newest; an older one stands without its counts.
  const workflows = useGet('GET /workflows', { query: { limit: 200 } })
  const byId = new Map((workflows.data?.items ?? []).map((workflow) => [workflow.id, workflow]))
  const rowsOf = (object: Definition) => byId.get(lastWorkflowOf(object)?.id ?? '')?.rows ?? null
  return (
    <DataTable
      label="Last run of each orchestration"
      rows={orchestrations}
      rowKey={({ key }) => key}
      rowTo={({ key }) => ({ to: '/orchestrations/$key', params: { key } })}
      columns={[
        { key: 'name', head: 'Orchestration', cell: nameOf, sortBy: nameOf },
        { key: 'to', head: 'Destination', rank: 3, cell: ({ body }) => String(body.destination ?? '') },
        {
          key: 'state',
          head: 'Last run',
          sortBy: (one) => lastWorkflowOf(one)?.state ?? null,
          cell: (one) => {
            const last = lastWorkflowOf(one)
            if (typeof one.status.paused_at === 'string') return <StateBadge state="paused" />
            return last === null ? 'Never ran' : <WorkflowState of={last} />
          },
        },
        {
          key: 'when',
          head: 'When',
          rank: 2,
          sortBy: (one) => lastWorkflowOf(one)?.requested_at ?? null,
          cell: (one) => <Moment at={lastWorkflowOf(one)?.requested_at ?? null} />,
        },
        {
          key: 'rows',
          head: 'Rows',
          align: 'right',
          rank: 2,
          cell: (one) => {
            const total = rowsOf(one)?.total
            return typeof total === 'number' ? <Figure value={total} /> : '—'
          },
        },
        {
          key: 'outcomes',
          head: 'Outcomes',
          width: '28%',
          rank: 3,
          cell: (one) => {
            const rows = rowsOf(one)
            return rows === null ? '—' : <OutcomeBar of={outcomesOf(rows)} hasFigures={false} />
          },
        },
      ]}
    />
  )
}
