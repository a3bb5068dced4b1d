import { Button, Group } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { lastWorkflowOf, nameOf } from '../../api/definition.ts'
import { useMay, useMe } from '../../api/me.ts'
import type { Definition, WorkflowHeader } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FilterSelect } from '../../parts/filter-select.tsx'
import { OutcomeBar, outcomesOf } from '../../parts/outcome-bar.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { StateBadge, states } from '../../parts/state-badge.tsx'
import { Moment } from '../../parts/values.tsx'
import { waitsForSomebody } from '../../parts/waits.ts'
import { NewOrchestration } from './new-orchestration.tsx'
import { groupsOf, nextRunOf, pausedAt, runOf, sentOf, sentWords } from './objects.ts'
import { OrchestrationMenu } from './run-actions.tsx'
import { ActivationTabs } from './tabs.tsx'

/** Everything that is sent, to where, and how it went. `?new=<key>&kind=query` begins a new one. */
export function Orchestrations() {
  const mayWrite = useMay('orchestration:write')
  const [search] = useSearchState()
  const isNew = search.new !== undefined && mayWrite
  return (
    <>
      <PageHead
        title="Activations"
        about="What is sent to which destination, and when."
        actions={
          mayWrite &&
          !isNew && (
            <Button component={Link} to="/activations" search={{ new: 'yes' } as never}>
              New orchestration
            </Button>
          )
        }
      />
      <ActivationTabs />
      {isNew ? <NewOrchestration /> : <List />}
    </>
  )
}

function List() {
  const [{ q, state, destination }] = useSearchState()
  const orchestrations = useGet(
    'GET /orchestrations',
    { query: { ...(q !== undefined && { q }) } },
    { keepsPrevious: true },
  )
  const groups = useGet('GET /groups')
  const maySeeRuns = useMay('workflow:read')
  const workflows = useGet('GET /workflows', { query: { limit: 200 } }, { enabled: maySeeRuns })
  const byId = new Map((workflows.data?.items ?? []).map((one) => [one.id, one]))
  return (
    <WithAnswer of={orchestrations} loading="Reading the orchestrations">
      {({ items }) => {
        const stateOf = (one: Definition) =>
          pausedAt(one) === null ? (lastWorkflowOf(one)?.state ?? 'never') : 'paused'
        const shown = items.filter(
          (one) =>
            (state === undefined || stateOf(one) === state) &&
            (destination === undefined || one.body.destination === destination),
        )
        const found = [...new Set(items.map(stateOf))].sort()
        const places = [...new Set(items.map(({ body }) => String(body.destination)))].sort()
        return (
          <>
            <Group mb="sm" gap="xs">
              <SearchInput label="Search orchestrations" />
              <FilterSelect
                name="state"
                label="Last run"
                any="Any last run"
                w={{ base: 'calc(50% - 4px)', xs: 190 }}
                data={found.map((value) => ({ value, label: value === 'never' ? 'Never ran' : states[value].word }))}
              />
              <FilterSelect
                name="destination"
                label="Destination"
                any="Any destination"
                w={{ base: 'calc(50% - 4px)', xs: 190 }}
                data={places}
              />
            </Group>
            <Table
              items={shown}
              groups={groups.data?.items ?? []}
              byId={byId}
              isFiltered={shown.length < items.length || q !== undefined}
            />
          </>
        )
      }}
    </WithAnswer>
  )
}

interface TableProps {
  items: readonly Definition[]
  groups: readonly Definition[]
  byId: ReadonlyMap<string, WorkflowHeader>
  isFiltered: boolean
}

function Table({ items, groups, byId, isFiltered }: TableProps) {
  const rowsOf = (one: Definition) => byId.get(lastWorkflowOf(one)?.id ?? '')?.rows ?? null
  return (
    <DataTable
      label="Orchestrations"
      rows={items}
      rowKey={({ key }) => key}
      rowTo={({ key }) => ({ to: '/orchestrations/$key', params: { key } })}
      empty={<Empty isFiltered={isFiltered} />}
      columns={[
        { key: 'name', head: 'Orchestration', cell: nameOf, sortBy: nameOf },
        {
          key: 'sends',
          head: 'Sends',
          rank: 3,
          cell: (one) => {
            const sent = sentOf(one)
            return sent === null ? '—' : `${sentWords[sent.kind]} ${sent.key}`
          },
        },
        {
          key: 'to',
          head: 'Destination',
          rank: 2,
          cell: ({ body }) => String(body.destination),
          sortBy: ({ body }) => String(body.destination),
        },
        {
          key: 'state',
          head: 'Last run',
          sortBy: (one) => lastWorkflowOf(one)?.requested_at ?? null,
          cell: (one) => <LastRun of={one} />,
        },
        {
          key: 'when',
          head: 'When',
          rank: 3,
          cell: (one) => <Moment at={lastWorkflowOf(one)?.requested_at ?? null} />,
        },
        {
          key: 'outcomes',
          head: 'Outcomes',
          width: '14%',
          rank: 3,
          cell: (one) => {
            const rows = rowsOf(one)
            return rows === null ? '—' : <OutcomeBar of={outcomesOf(rows)} hasFigures={false} />
          },
        },
        {
          key: 'next',
          head: 'Next run',
          rank: 2,
          sortBy: ({ key }) => nextRunOf(groups, key),
          cell: ({ key }) => <NextRun groups={groups} of={key} />,
        },
        { key: 'actions', head: 'Actions', align: 'right', cell: (one) => <OrchestrationMenu orchestration={one} /> },
      ]}
    />
  )
}

export function LastRun({ of }: { of: Definition }) {
  const last = lastWorkflowOf(of)
  if (pausedAt(of) !== null) return <StateBadge state="paused" />
  if (last === null) return <StateBadge state="inactive" word="Never ran" />
  if (waitsForSomebody(last)) return <StateBadge state="warning" word="Waits for approval" />
  return <StateBadge state={last.state} />
}

/** When it runs next, or what it waits for. */
export function NextRun({ groups, of }: { groups: readonly Definition[]; of: string }) {
  const next = nextRunOf(groups, of)
  if (next !== null) return <Moment at={next} />
  const [group] = groupsOf(groups, of).filter(({ body }) => body.enabled !== false)
  if (group === undefined) return <>By hand</>
  const run = runOf(group)
  if (run.on === 'group') return <>After {run.group}</>
  return <>{run.on === 'signal' ? `On signal ${run.signal}` : 'By hand'}</>
}

function Empty({ isFiltered }: { isFiltered: boolean }) {
  const mayWrite = useMay('orchestration:write')
  const { ask } = useMe()
  if (isFiltered) return <EmptyState why="No orchestration matches the search and filters." />
  if (!mayWrite)
    return (
      <EmptyState
        why={`Nothing is sent yet. An operator sets up what is sent${ask.length > 0 ? `: ask ${ask.join(', ')}` : ''}.`}
      />
    )
  return (
    <EmptyState
      why="Nothing is sent yet. An orchestration sends a query, a segment or an attributes table to one destination."
      action={
        <Button component={Link} to="/activations" search={{ new: 'yes' } as never}>
          New orchestration
        </Button>
      }
    />
  )
}
