import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { meanwhileOf } from '../../parts/changed-meanwhile.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { useSaving } from '../../parts/definition-saving.ts'
import { said } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Facts } from '../../parts/facts.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { OutcomeBar, outcomesOf } from '../../parts/outcome-bar.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { Moment } from '../../parts/values.tsx'
import { WorkflowState } from '../../parts/workflow-state.tsx'
import { triggerWords } from '../workflows/words.ts'
import { Drift } from './drift.tsx'
import { Guards } from './guards.tsx'
import { groupsOf, pausedAt, sentOf, valueAt } from './objects.ts'
import { OrchestrationForm } from './orchestration-form.tsx'
import { LastRun, NextRun } from './orchestrations.tsx'
import { OrchestrationMenu, useOrchestrationActions } from './run-actions.tsx'

/** One orchestration: what it sends, its runs, and whether people still hold what was delivered. */
export function Orchestration() {
  const { key = '' } = useParams({ strict: false })
  const found = useGet('GET /orchestrations/{key}', { params: { key } })
  return (
    <WithAnswer of={found} loading="Reading the orchestration" page={`Orchestration ${key}`}>
      {(orchestration) => <Page orchestration={orchestration} />}
    </WithAnswer>
  )
}

function Page({ orchestration }: { orchestration: Definition }) {
  const [search, setSearch] = useSearchState()
  const mayRun = useMay('orchestration:run')
  const mayWrite = useMay('orchestration:write') && orchestration.source === 'ui'
  const actions = useOrchestrationActions(orchestration, true)
  const isEditing = mayWrite && search.edit !== undefined
  const isPaused = pausedAt(orchestration) !== null
  return (
    <>
      <PageHead
        title={nameOf(orchestration)}
        beside={<LastRun of={orchestration} />}
        about={String(orchestration.body.description ?? '')}
        actions={
          <>
            {mayRun && !isPaused && (
              <Button onClick={actions.plan} loading={actions.isPlanning}>
                Plan
              </Button>
            )}
            {mayRun && isPaused && <Button onClick={actions.resume}>Resume</Button>}
            {mayWrite && !isEditing && (
              <Button variant="default" onClick={() => setSearch({ edit: 'yes' }, true)}>
                Edit
              </Button>
            )}
            <OrchestrationMenu orchestration={orchestration} isMain />
          </>
        }
      />
      {actions.isPlanning && (
        <Text role="status" mb="md">
          Being planned: the query runs, and its people are compared with the last delivery. Leaving this page ends it.
        </Text>
      )}
      {actions.problem !== null && <ProblemCard problem={actions.problem} onRetry={actions.plan} />}
      {isPaused && (
        <Text role="status" mb="md">
          An undo has paused it <Moment at={pausedAt(orchestration)} />. It runs again once somebody resumes it.
        </Text>
      )}
      <Stack gap="xl">
        {isEditing ? (
          <Edit orchestration={orchestration} onEnd={() => setSearch({ edit: undefined })} />
        ) : (
          <Settings of={orchestration} />
        )}
        <Runs of={orchestration.key} />
        {mayRun && <Drift orchestration={orchestration.key} />}
      </Stack>
    </>
  )
}

const alertWords: Record<string, (bound: string) => string> = {
  'rows.warn_below': (bound) => `warns below ${bound} rows`,
  'rows.fail_below': (bound) => `stops below ${bound} rows`,
  'rows.warn_above': (bound) => `warns above ${bound} rows`,
  'rows.fail_above': (bound) => `stops above ${bound} rows`,
  'change_percent.warn': (bound) => `warns when the number of rows changes by more than ${bound} %`,
  'change_percent.fail': (bound) => `stops when the number of rows changes by more than ${bound} %`,
}

function Settings({ of }: { of: Definition }) {
  const groups = useGet('GET /groups')
  const sent = sentOf(of)
  const members = groupsOf(groups.data?.items ?? [], of.key)
  const destination = String(of.body.destination)
  const alerts = Object.entries(alertWords).flatMap(([path, words]) => {
    const bound = valueAt(of.body, `alerts.${path}`)
    return bound === undefined ? [] : [words(String(bound))]
  })
  return (
    <section aria-label="Settings">
      <Facts
        of={[
          ['Sends', sent === null ? '—' : <ObjectLink key="sent" name={`${sent.kind}/${sent.key}`} hasKind />],
          ['Destination', <ObjectLink key="to" name={`destination/${destination}`} />],
          ['Groups', members.length === 0 ? 'None: it runs by hand' : members.map(nameOf).join(', ')],
          ['Next run', <NextRun key="next" groups={groups.data?.items ?? []} of={of.key} />],
          ['Alerts', alerts.length === 0 ? 'None on the number of rows' : `It ${alerts.join(', ')}`],
          ['Guards', <Guards key="guards" of={destination} />],
          ['Comes from', of.source === 'git' ? 'deskside.yml: change it there and apply it' : 'This server'],
          ['Changed', <Moment key="at" at={of.updated_at} />],
        ]}
      />
    </section>
  )
}

function Edit({ orchestration, onEnd }: { orchestration: Definition; onEnd: () => void }) {
  const [from, setFrom] = useState(orchestration)
  const onSaved = () => {
    said('The orchestration is saved.')
    onEnd()
  }
  const saving = useSaving({ path: '/orchestrations', of: orchestration, onSaved, onTake: setFrom })
  return (
    <OrchestrationForm
      key={from.version}
      initial={from.body}
      verb="Save"
      isSaving={saving.isSaving}
      error={saving.error}
      meanwhile={meanwhileOf(saving, from)}
      onSave={saving.save}
      onCancel={onEnd}
    />
  )
}

function Runs({ of }: { of: string }) {
  const maySee = useMay('workflow:read')
  const workflows = useGet('GET /workflows', { query: { orchestration: [of], limit: 10 } }, { enabled: maySee })
  if (!maySee) return null
  return (
    <div>
      <Group justify="space-between" mb="xs">
        <Title order={2}>Last workflows</Title>
        <Anchor component={Link} to="/workflows" search={{ orchestration: of } as never} size="sm">
          All workflows
        </Anchor>
      </Group>
      <WithAnswer of={workflows} loading="Reading the workflows" rows={3}>
        {({ items }) => (
          <DataTable
            label="Last workflows"
            rows={items}
            rowKey={({ id }) => id}
            rowTo={({ id }) => ({ to: '/workflows/$id', params: { id } })}
            empty={<EmptyState why="It never ran. Plan it first, then send ten people and look at them in Zendesk." />}
            columns={[
              { key: 'when', head: 'Requested', cell: ({ requested_at: at }) => <Moment at={at} /> },
              {
                key: 'state',
                head: 'State',
                cell: (one) => <WorkflowState of={one} />,
              },
              { key: 'trigger', head: 'Began', rank: 3, cell: ({ trigger }) => triggerWords[trigger] },
              {
                key: 'rows',
                head: 'Outcomes',
                rank: 2,
                width: '40%',
                cell: ({ rows }) => (rows === null ? '—' : <OutcomeBar of={outcomesOf(rows)} hasFigures={false} />),
              },
            ]}
          />
        )}
      </WithAnswer>
    </div>
  )
}
