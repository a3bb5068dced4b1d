import { Anchor, Stack, Tabs, Text } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { useMay } from '../../api/me.ts'
import type { Workflow as WorkflowView } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { Facts } from '../../parts/facts.tsx'
import { OutcomeBar, outcomesOf } from '../../parts/outcome-bar.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { Moment } from '../../parts/values.tsx'
import { WorkflowState } from '../../parts/workflow-state.tsx'
import { WorkflowActions } from './actions.tsx'
import { Exits } from './exits.tsx'
import { TaskGraph } from './graph.tsx'
import { Launched } from './launched.tsx'
import { PlanOfRun } from './plan-of-run.tsx'
import { LiveProgress } from './progress.tsx'
import { Records, useRecordsAhead } from './records.tsx'
import { Resolutions } from './resolutions.tsx'
import { Tasks } from './tasks.tsx'
import { isOver, requestWords, triggerWords } from './words.ts'
import { Runtime } from './workflows.tsx'

/** One run: what it does or did, what stopped it, and what became of each row. */
export function Workflow() {
  const { id = '' } = useParams({ strict: false })
  // Events tell of every change; asking now and then also helps whoever does not hear them.
  const workflow = useGet('GET /workflows/{id}', { params: { id } }, { everyMs: 5_000 })
  useRecordsAhead(id)
  if (workflow.data === undefined)
    return (
      <>
        <PageHead title="Workflow" />
        <WithAnswer of={workflow} loading="Reading the workflow" rows={10}>
          {() => null}
        </WithAnswer>
      </>
    )
  return <Shown workflow={workflow.data} />
}

function Shown({ workflow }: { workflow: WorkflowView }) {
  const [search, setSearch] = useSearchState()
  const maySeePeople = useMay('person:read')
  const tab = search.tab ?? 'tasks'
  const hasRun = workflow.run_id !== null
  return (
    <>
      <PageHead
        title={workflow.orchestration}
        beside={<WorkflowState of={workflow} />}
        about={`Workflow ${workflow.id}`}
        actions={<WorkflowActions workflow={workflow} />}
      />
      <Stack gap="lg">
        <Resolutions workflow={workflow} />
        <Head workflow={workflow} />
        {!isOver(workflow) && <LiveProgress workflow={workflow} />}
        <Tabs
          value={tab}
          onChange={(value) => setSearch({ tab: value ?? undefined, view: undefined, row: undefined })}
          keepMounted={false}
        >
          <Tabs.List>
            <Tabs.Tab value="tasks">Tasks</Tabs.Tab>
            <Tabs.Tab value="graph">Graph</Tabs.Tab>
            <Tabs.Tab value="plan">Plan</Tabs.Tab>
            {hasRun && maySeePeople && <Tabs.Tab value="records">Records</Tabs.Tab>}
            {hasRun && maySeePeople && <Tabs.Tab value="exits">Who left</Tabs.Tab>}
            <Tabs.Tab value="launched">Settings of the run</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value={tab} pt="md">
            {tab === 'tasks' && <Tasks workflow={workflow} />}
            {tab === 'graph' && <TaskGraph workflow={workflow} />}
            {tab === 'plan' && <PlanOfRun workflow={workflow} />}
            {tab === 'records' && <Records workflow={workflow} />}
            {tab === 'exits' && <Exits id={workflow.id} />}
            {tab === 'launched' && <Launched workflow={workflow} />}
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </>
  )
}

function Head({ workflow }: { workflow: WorkflowView }) {
  const words = requestWords(workflow)
  const { rows, row_alerts: alerts } = workflow
  return (
    <Stack gap="sm">
      {rows !== null && <OutcomeBar of={outcomesOf(rows)} />}
      <Facts
        of={[
          [
            'Orchestration',
            <Anchor
              key="o"
              component={Link}
              to={`/orchestrations/${encodeURIComponent(workflow.orchestration)}`}
              inherit
            >
              {workflow.orchestration}
            </Anchor>,
          ],
          ['Asked for', <Began key="b" workflow={workflow} />],
          words === null ? null : ['What', words],
          ['Started', <Moment key="s" at={workflow.started_at} />],
          ['Runtime', <Runtime key="r" of={workflow} />],
          workflow.attempt > 1 ? ['Attempt', workflow.attempt] : null,
        ]}
      />
      {alerts.map(({ code, message }) => (
        <Text key={code} size="sm" c="var(--deskside-alert)">
          {message}
        </Text>
      ))}
    </Stack>
  )
}

function Began({ workflow: { requested_at: at, trigger, started_by: by } }: { workflow: WorkflowView }) {
  return (
    <>
      <Moment at={at} />, {triggerWords[trigger]}
      {by !== null ? <ByWhom id={by} /> : null}
    </>
  )
}

/** Names of users are for those who may read them. */
function ByWhom({ id }: { id: string }) {
  const mayRead = useMay('user:read')
  const users = useGet('GET /users', {}, { enabled: mayRead })
  const user = users.data?.items.find((one) => `user/${one.id}` === id)
  return user === undefined ? null : <> by {user.name || user.email}</>
}
