import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { isChangedMeanwhile } from '../../api/call.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { said } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Facts } from '../../parts/facts.tsx'
import { OutcomeBar, outcomesOf } from '../../parts/outcome-bar.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { StateBadge } from '../../parts/state-badge.tsx'
import { Moment } from '../../parts/values.tsx'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'
import { Drift } from './drift.tsx'
import { groupsOf, nameOf, pausedAt, sentOf, sentPlaces, sentWords, valueAt } from './objects.ts'
import { OrchestrationForm } from './orchestration-form.tsx'
import { LastRun, NextRun } from './orchestrations.tsx'
import { OrchestrationMenu, useOrchestrationActions } from './run-actions.tsx'

/** One orchestration: what it sends, its runs, and whether people still hold what was delivered. */
export function Orchestration() {
  const { key = '' } = useParams({ strict: false })
  const found = useGet('GET /orchestrations/{key}', { params: { key } })
  return (
    <WithAnswer of={found} loading="Reading the orchestration">
      {(orchestration) => <Page orchestration={orchestration} />}
    </WithAnswer>
  )
}

function Page({ orchestration }: { orchestration: Definition }) {
  const [search, setSearch] = useSearchState()
  const mayRun = useMay('orchestration:run')
  const mayWrite = useMay('orchestration:write') && orchestration.source === 'ui'
  const actions = useOrchestrationActions(orchestration)
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
          [
            'Sends',
            sent === null ? (
              '—'
            ) : (
              <Anchor
                key="sent"
                component={Link}
                to={sentPlaces[sent.kind]}
                {...({ params: { key: sent.key } } as object)}
                size="sm"
              >
                {sentWords[sent.kind]} {sent.key}
              </Anchor>
            ),
          ],
          [
            'Destination',
            <Anchor
              key="to"
              component={Link}
              to="/destinations/$key"
              {...({ params: { key: destination } } as object)}
              size="sm"
            >
              {destination}
            </Anchor>,
          ],
          ['Groups', members.length === 0 ? 'None: it runs by hand' : members.map(nameOf).join(', ')],
          ['Next run', <NextRun key="next" groups={groups.data?.items ?? []} of={of.key} />],
          ['Alerts', alerts.length === 0 ? 'None on the number of rows' : `It ${alerts.join(', ')}`],
          [
            'Guards',
            'Those of the destination: a run stops before anything is sent when the result is empty or too much would change',
          ],
          ['Comes from', of.source === 'git' ? 'deskside.yml: change it there and apply it' : 'This server'],
          ['Changed', <Moment key="at" at={of.updated_at} />],
        ]}
      />
    </section>
  )
}

function Edit({ orchestration, onEnd }: { orchestration: Definition; onEnd: () => void }) {
  const [before, setBefore] = useState(orchestration)
  const save = useCall('PUT /orchestrations/{key}', {
    stale: ['/orchestrations'],
    onDone: () => {
      said('The orchestration is saved.')
      onEnd()
    },
  })
  const [entered, setEntered] = useState(before.body)
  const put = (body: Definition['body'], version: number) => {
    setEntered(body)
    save.mutate({ params: { key: before.key }, body: { body }, ifVersion: version })
  }
  const isLate = isChangedMeanwhile(save.error)
  const now = useGet(
    'GET /orchestrations/{key}',
    { params: { key: before.key } },
    { ...(isLate && { everyMs: 2_000 }) },
  )
  return (
    <>
      {isLate && now.data !== undefined && now.data.version !== before.version && (
        <ChangedMeanwhile
          before={before}
          now={now.data}
          onTheirs={onEnd}
          onOver={() => {
            if (now.data === undefined) return
            setBefore(now.data)
            put(entered, now.data.version)
          }}
        />
      )}
      <OrchestrationForm
        initial={orchestration.body}
        verb="Save"
        isSaving={save.isPending}
        problem={isLate ? null : (save.error?.problem ?? null)}
        onSave={(body) => put(body, before.version)}
        onCancel={onEnd}
      />
    </>
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
              { key: 'state', head: 'State', cell: ({ state }) => <StateBadge state={state} /> },
              { key: 'trigger', head: 'Began', rank: 3, cell: ({ trigger }) => trigger },
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
