import { Anchor, Button, Group, Progress, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Workflow } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { OutcomeBar, outcomesOf } from '../../parts/outcome-bar.tsx'
import { PersonName } from '../../parts/person-name.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { StepFrame } from './step-frame.tsx'
import type { StepProps } from './welcome.tsx'

const FIRST = 10
const ended = ['completed', 'completed_with_alerts', 'stopped', 'error']

/** Ten people first; once they look right in Zendesk, everybody. */
export function SendStep({ setup: { orchestration = '' } }: StepProps) {
  const [started, setStarted] = useState<{ workflow: string; isAll: boolean } | null>(null)
  const run = useCall('POST /orchestrations/{key}/runs', {
    stale: ['/workflows', '/orchestrations'],
    onDone: ({ id }, { body }) => setStarted({ workflow: id, isAll: (body?.sample ?? null) === null }),
  })
  const start = (sample: number | null) => run.mutate({ params: { key: orchestration }, body: { sample } })
  return (
    <StepFrame
      title={started === null ? 'Send ten people first' : started.isAll ? 'Sending everybody' : 'Look at the ten'}
      about="Ten people go to Zendesk. Look at them there, and then send the others. What was sent is not sent again."
    >
      {orchestration === '' && <Text size="sm">A plan is needed first: go back to the step before.</Text>}
      {run.error !== null && <ProblemCard problem={run.error.problem} />}
      {started === null ? (
        <Button
          size="sm"
          style={{ alignSelf: 'flex-start' }}
          disabled={orchestration === ''}
          loading={run.isPending}
          onClick={() => start(FIRST)}
        >
          Send {FIRST} people
        </Button>
      ) : (
        <Watched id={started.workflow} isAll={started.isAll} isStarting={run.isPending} onAll={() => start(null)} />
      )}
    </StepFrame>
  )
}

interface WatchedProps {
  id: string
  isAll: boolean
  isStarting: boolean
  onAll: () => void
}

function Watched({ id, isAll, isStarting, onAll }: WatchedProps) {
  const workflow = useGet('GET /workflows/{id}', { params: { id } }, { everyMs: 1_000 })
  const data = workflow.data
  if (data === undefined)
    return workflow.error === null ? (
      <Text size="sm">The run is in the queue.</Text>
    ) : (
      <ProblemCard problem={workflow.error.problem} />
    )
  const isOver = ended.includes(data.state)
  const isGood = data.state === 'completed' || data.state === 'completed_with_alerts'
  return (
    <Stack>
      <Group>
        <StateBadge state={data.state} />
        <Anchor component={Link} to={`/workflows/${encodeURIComponent(id)}`} size="sm">
          See everything about this run
        </Anchor>
      </Group>
      {!isOver && <Running workflow={data} />}
      {data.problem !== null && <ProblemCard problem={data.problem as never} />}
      {isOver && <OutcomeBar of={outcomesOf(data.rows)} />}
      {isOver && !isAll && <Sent id={id} />}
      {isGood && !isAll && (
        <Button size="sm" style={{ alignSelf: 'flex-start' }} loading={isStarting} onClick={onAll}>
          They look right: send all
        </Button>
      )}
      {isGood && isAll && (
        <Text size="sm">
          Everybody was sent. Run it again when the data changes, or give it a schedule under{' '}
          <Anchor component={Link} to="/activations" inherit>
            Activations
          </Anchor>
          .
        </Text>
      )}
    </Stack>
  )
}

function Running({ workflow }: { workflow: Workflow }) {
  const { settled, total } = (workflow.progress ?? {}) as { settled?: number; total?: number }
  const share = settled !== undefined && total ? (settled / total) * 100 : null
  const task = workflow.tasks.find(({ state }) => state === 'running')?.task
  return (
    <div role="status">
      <Text size="sm">{task === undefined ? 'In the queue.' : `Now: ${task}.`}</Text>
      <Progress value={share ?? 100} animated={share === null} aria-label="Progress" mt={4} maw={480} />
    </div>
  )
}

function Sent({ id }: { id: string }) {
  const records = useGet('GET /workflows/{id}/records', { params: { id }, query: { limit: 20 } })
  const rows = records.data?.items ?? []
  if (rows.length === 0) return null
  return (
    <DataTable
      label="What became of them"
      rows={rows}
      rowKey={({ row }) => String(row)}
      columns={[
        {
          key: 'who',
          head: 'Person',
          cell: ({ name, email, external_id }) => <PersonName name={name} email={email} externalId={external_id} />,
        },
        { key: 'outcome', head: 'Outcome', cell: ({ outcome }) => <StateBadge state={outcome} /> },
        { key: 'why', head: 'Why', rank: 2, cell: ({ reason }) => reason ?? '' },
      ]}
    />
  )
}
