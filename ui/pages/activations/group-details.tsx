import { Button, Group, Stack, Title } from '@mantine/core'
import { nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import type { Definition, GroupRun } from '../../api/operations.ts'
import { useCall, usePages } from '../../api/use.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { useDeletion } from '../../parts/deletion.tsx'
import { said, saidProblem } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { duration, Moment } from '../../parts/values.tsx'
import { triggerWords } from '../workflows/words.ts'
import { membersOf, nextOf, runOf } from './objects.ts'

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** What begins a group, in words. */
export const begins = (group: Definition): string => {
  const run = runOf(group)
  if (run.on === 'schedule') return `${capital(String(group.status.reads))} (${run.time_zone ?? 'UTC'})`
  if (run.on === 'signal') return `On signal ${run.signal}`
  return run.on === 'group' ? `After group ${run.group}` : 'By hand'
}

interface DetailsProps {
  of: Definition
  onEdit: () => void
  onDeleted: () => void
}

/** What a group runs, what begins it, and how its last runs ended. */
export function GroupDetails({ of, onEdit, onDeleted }: DetailsProps) {
  const { source } = of
  return (
    <Stack gap="lg">
      <Facts
        of={[
          ['Begins', begins(of)],
          ['Next run', <Moment key="next" at={nextOf(of)} />],
          of.body.enabled === false ? ['Enabled', 'No: it runs by hand only'] : null,
          ['Runs', <Members key="runs" of={of} />],
          source === 'git' ? ['Comes from', 'deskside.yml: change it there and apply it'] : null,
        ]}
      />
      <Actions of={of} onEdit={onEdit} onDeleted={onDeleted} />
      <Runs of={of.key} />
    </Stack>
  )
}

function Members({ of }: { of: Definition }) {
  const keys = membersOf(of)
  if (keys.length === 0) return <>No orchestration yet</>
  return (
    <>
      {keys.map((key) => (
        <div key={key} style={{ minHeight: 26 }}>
          <ObjectLink name={`orchestration/${key}`} />
        </div>
      ))}
    </>
  )
}

function Actions({ of, onEdit, onDeleted }: DetailsProps) {
  const mayRun = useMay('orchestration:run')
  const mayWrite = useMay('orchestration:write') && of.source === 'ui'
  const stale = ['/groups', '/workflows', '/orchestrations']
  const run = useCall('POST /groups/{key}/runs', { stale, onDone: () => said(`${nameOf(of)} runs.`) })
  const deletion = useDeletion('/groups', {
    noun: 'group',
    what: 'Its orchestrations stay and run by hand.',
    onDeleted,
    stale,
  })
  const params = { key: of.key }
  const onError = saidProblem
  if (!mayRun && !mayWrite) return null
  return (
    <Group gap="xs">
      {mayRun && (
        <Button loading={run.isPending} onClick={() => run.mutate({ params }, { onError })}>
          Run now
        </Button>
      )}
      {mayWrite && (
        <>
          <Button variant="default" onClick={onEdit}>
            Edit
          </Button>
          <Button variant="default" c="var(--deskside-bad)" onClick={() => void deletion.ask(of)}>
            Delete
          </Button>
        </>
      )}
    </Group>
  )
}

const took = ({ started_at: from, ended_at: to }: GroupRun): string =>
  to === null ? '—' : duration(Date.parse(to) - Date.parse(from))

function Runs({ of: key }: { of: string }) {
  const pages = usePages('GET /groups/{key}/runs', { params: { key }, query: { limit: 10 } })
  return (
    <div>
      <Title order={3} mb="xs">
        Last runs
      </Title>
      {pages.error !== null && <ProblemCard problem={pages.error.problem} />}
      {pages.isPending && <Loading what="Reading the runs" rows={3} />}
      {pages.data !== undefined && (
        <DataTable
          label="Last runs"
          rows={pages.items}
          rowKey={({ id }) => id}
          onEnd={pages.hasNextPage && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : undefined}
          empty={<EmptyState why="It never ran." />}
          columns={[
            { key: 'began', head: 'When', cell: ({ started_at: at }) => <Moment at={at} /> },
            { key: 'state', head: 'State', cell: ({ state }) => <StateBadge state={state} /> },
            { key: 'trigger', head: 'Began', rank: 2, cell: ({ trigger }) => triggerWords[trigger] },
            { key: 'took', head: 'Took', align: 'right', rank: 2, cell: took },
          ]}
        />
      )}
    </div>
  )
}
