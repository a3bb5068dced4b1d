import { Group } from '@mantine/core'
import type { WorkflowHeader } from '../../api/operations.ts'
import { usePages } from '../../api/use.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { OutcomeBar, outcomesOf } from '../../parts/outcome-bar.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { duration, Figure, Moment, useNow } from '../../parts/values.tsx'
import { WorkflowState } from '../../parts/workflow-state.tsx'
import { WorkflowFilters } from './filters.tsx'
import { runtimeMs, triggerWords } from './words.ts'

const PAGE = 100

/** Every run there was, newest first. What narrows the list stands in the address. */
export function Workflows() {
  const [search] = useSearchState()
  const { q, state, orchestration, trigger, by, from, to } = search
  const query = {
    ...(q && { text: q }),
    ...(state && { state: state.split(',') as WorkflowHeader['state'][] }),
    ...(orchestration && { orchestration: [orchestration] }),
    ...(trigger && { trigger: [trigger as WorkflowHeader['trigger']] }),
    ...(by && { started_by: by }),
    ...(from && { from: new Date(`${from}T00:00:00`).toISOString() }),
    ...(to && { to: nextDay(to).toISOString() }),
    limit: PAGE,
  }
  const { items, data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = usePages(
    'GET /workflows',
    { query },
    { keepsPrevious: true },
  )
  const isNarrowed = Object.keys(query).length > 1
  return (
    <>
      <PageHead title="Workflows" about="Each run of an orchestration, and what became of every row." />
      <Group mb="md" gap="xs" align="flex-end">
        <WorkflowFilters />
      </Group>
      {error !== null && <ProblemCard problem={error.problem} onRetry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Loading what="Reading the workflows" rows={10} />
      ) : (
        <WorkflowTable
          rows={items}
          isNarrowed={isNarrowed}
          onEnd={hasNextPage ? () => void (isFetchingNextPage || fetchNextPage()) : undefined}
        />
      )}
    </>
  )
}

function nextDay(day: string): Date {
  const at = new Date(`${day}T00:00:00`)
  at.setDate(at.getDate() + 1)
  return at
}

interface WorkflowTableProps {
  rows: readonly WorkflowHeader[]
  isNarrowed: boolean
  onEnd: (() => void) | undefined
}

function WorkflowTable({ rows, isNarrowed, onEnd }: WorkflowTableProps) {
  return (
    <DataTable
      label="Workflows"
      rows={rows}
      rowKey={({ id }) => id}
      rowTo={({ id }) => ({ to: '/workflows/$id', params: { id } })}
      onEnd={onEnd}
      empty={
        <EmptyState
          why={
            isNarrowed
              ? 'No workflow is like that. Take a filter away to see more.'
              : 'Nothing has run yet. Runs of orchestrations appear here, and stay for the days that the project keeps history.'
          }
        />
      }
      columns={[
        { key: 'orchestration', head: 'Orchestration', cell: ({ orchestration }) => orchestration },
        { key: 'state', head: 'State', cell: (one) => <WorkflowState of={one} /> },
        { key: 'requested', head: 'Asked for', rank: 2, cell: ({ requested_at: at }) => <Moment at={at} /> },
        { key: 'runtime', head: 'Runtime', rank: 3, align: 'right', cell: (one) => <Runtime of={one} /> },
        { key: 'trigger', head: 'Began', rank: 3, cell: ({ trigger }) => triggerWords[trigger] },
        { key: 'rows', head: 'Rows', rank: 2, align: 'right', cell: ({ rows: counts }) => total(counts) },
        {
          key: 'outcomes',
          head: 'Outcomes',
          rank: 3,
          width: '24%',
          cell: ({ rows: counts }) =>
            counts === null ? '—' : <OutcomeBar of={outcomesOf(counts)} hasFigures={false} />,
        },
      ]}
    />
  )
}

const total = (rows: WorkflowHeader['rows']) => (typeof rows?.total === 'number' ? <Figure value={rows.total} /> : '—')

export function Runtime({ of }: { of: Pick<WorkflowHeader, 'started_at' | 'ended_at'> }) {
  return of.started_at !== null && of.ended_at === null ? (
    <RunningTime of={of} />
  ) : (
    <Time ms={runtimeMs(of, new Date())} />
  )
}

/** Only what runs counts on: a list of those that ended stands still. */
function RunningTime({ of }: { of: Pick<WorkflowHeader, 'started_at' | 'ended_at'> }) {
  const now = useNow(1_000)
  return <Time ms={runtimeMs(of, now)} />
}

function Time({ ms }: { ms: number | null }) {
  return <span style={{ fontVariantNumeric: 'tabular-nums' }}>{ms === null ? '—' : duration(ms)}</span>
}
