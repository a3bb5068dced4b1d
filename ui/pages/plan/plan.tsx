import { Button, List, Stack, Text, Title } from '@mantine/core'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useMay } from '../../api/me.ts'
import type { StoredPlan } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { confirm, saidProblem } from '../../parts/dialogs.tsx'
import { Facts } from '../../parts/facts.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { counted, duration, figure, Moment } from '../../parts/values.tsx'
import { Changes, Conflicts, Left } from './people.tsx'
import classes from './plan.module.css'

const origins = {
  query: 'What a run would send. Nothing has been sent.',
  repair: 'What sends again to people who no longer hold what was delivered. Nothing has been sent.',
  undo: 'What takes a run back. Running it pauses the orchestration. Nothing has been sent.',
}
const stateWords = { waiting: 'Not run', error: 'Stopped by a problem' } as Partial<Record<StoredPlan['state'], string>>

/** What will be sent, before it is sent: counts, guards, conflicts, and every change. */
export function Plan() {
  const { id = '' } = useParams({ strict: false })
  const plan = useGet('GET /plans/{id}', { params: { id } })
  const maySeePeople = useMay('person:read')
  return (
    <WithAnswer of={plan} loading="Reading the plan" page="Plan">
      {(found) => (
        <>
          <PageHead
            title={`Plan of ${found.orchestration}`}
            about={
              found.state === 'waiting' && found.open
                ? origins[found.origin]
                : 'This plan is over: it was run, or another one has taken its place.'
            }
            beside={
              <StateBadge state={found.state} {...(stateWords[found.state] && { word: stateWords[found.state]! })} />
            }
            actions={<Actions plan={found} />}
          />
          <Stack gap="xl">
            <Warnings plan={found} />
            <Counts plan={found} />
            <Columns plan={found} />
            {maySeePeople && (found.live?.conflicts ?? 0) > 0 && <Conflicts id={id} />}
            {maySeePeople && found.origin === 'undo' && <Left id={id} />}
            {maySeePeople ? (
              <Changes id={id} />
            ) : (
              <Text c="dimmed">Who would change is for those who may see people.</Text>
            )}
          </Stack>
        </>
      )}
    </WithAnswer>
  )
}

function Actions({ plan }: { plan: StoredPlan }) {
  const mayRun = useMay('orchestration:run')
  const navigate = useNavigate()
  const run = useCall('POST /orchestrations/{key}/runs', {
    stale: ['/plans', '/workflows', '/orchestrations'],
    onDone: ({ id }) => void navigate({ to: '/workflows/$id', params: { id } }),
  })
  if (!mayRun || plan.state !== 'waiting' || !plan.open) return null
  const params = { key: plan.orchestration }
  const people = plan.people.create + plan.people.update + plan.people.rekeyed
  const approve = async () => {
    const what = `Exactly this plan is sent: ${counted(plan.people.create, 'person', 'people')} created, ${counted(people - plan.people.create, 'person', 'people')} updated${plan.exits === null ? '' : `, ${counted(plan.exits.people, 'person', 'people')} who left`}.${plan.guards.length > 0 ? ' The guards that would stop it are passed.' : ''}`
    const isSure = await confirm({
      title: 'Approve and send',
      what,
      verb: 'Approve and send',
      hurts: plan.guards.length > 0,
    })
    if (isSure)
      run.mutate({ params, body: { plan_id: plan.plan_id, approve: plan.guards.length > 0 } }, { onError: saidProblem })
  }
  const few = async () => {
    const what =
      'The first ten people of the result are sent by a run of their own. This plan is then out of date: make a new one afterwards.'
    if (await confirm({ title: 'Send 10 first', what, verb: 'Send 10' }))
      run.mutate({ params, body: { sample: 10 } }, { onError: saidProblem })
  }
  return (
    <>
      <Button onClick={() => void approve()} loading={run.isPending}>
        Approve and send
      </Button>
      {plan.origin === 'query' && plan.sample === null && people > 10 && (
        <Button variant="default" onClick={() => void few()}>
          Send 10 first
        </Button>
      )}
      <Button variant="default" component={Link} to="/orchestrations/$key" {...({ params } as object)}>
        Leave it unsent
      </Button>
    </>
  )
}

function Warnings({ plan }: { plan: StoredPlan }) {
  const { guards, row_alerts: alerts, notes } = plan
  if (guards.length + alerts.length + notes.length === 0) return null
  return (
    <Stack gap="sm">
      {guards.length > 0 && (
        <Notice tone="bad" title={guards.length === 1 ? 'A guard stops this plan' : 'Guards stop this plan'}>
          {guards.map(({ code, message }) => (
            <div key={code}>{message}</div>
          ))}
          <div>Look at the changes. Approve it if they are right; otherwise repair the source and plan again.</div>
        </Notice>
      )}
      {alerts.map(({ code, message }) => (
        <Notice key={code} tone="alert" title="Number of rows">
          {message}
        </Notice>
      ))}
      {notes.length > 0 && (
        <Notice tone="note" title="Good to know">
          {notes.map((note) => (
            <div key={note}>{note.replaceAll('`', '')}</div>
          ))}
        </Notice>
      )}
    </Stack>
  )
}

interface NoticeProps {
  tone: 'bad' | 'alert' | 'note'
  title: string
  children: ReactNode
}

function Notice({ tone, title, children }: NoticeProps) {
  return (
    <section className={classes.notice} data-tone={tone} aria-label={title}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
        {children}
      </Text>
    </section>
  )
}

const people = (count: number) => counted(count, 'person', 'people')

function Counts({ plan }: { plan: StoredPlan }) {
  const { rows, cost, live, exits } = plan
  return (
    <section aria-label="Counts">
      <Facts
        of={[
          ['Created', people(plan.people.create)],
          ['Updated', people(plan.people.update)],
          plan.people.rekeyed > 0 ? ['Given another id', people(plan.people.rekeyed)] : null,
          ['Unchanged', people(plan.people.unchanged)],
          ['Rejected', counted(rows.rejected, 'row')],
          [
            'Rows of the result',
            rows.merged === 0
              ? counted(rows.total, 'row')
              : `${counted(rows.total, 'row')}, ${figure(rows.merged)} of them merged into another one`,
          ],
          plan.people.cleared_values > 0 ? ['Emptied', counted(plan.people.cleared_values, 'value')] : null,
          exits === null ? null : ['Left the result', `${people(exits.people)} (${exits.action.replaceAll('_', ' ')})`],
          live === null
            ? null
            : [
                'Looked up in the account',
                `${people(live.people)}: ${live.adopts} adopted, ${live.equal} equal, ${live.conflicts} in conflict`,
              ],
          [
            'Cost',
            cost.requests === 0
              ? 'No request to Zendesk'
              : `${counted(cost.requests, 'request')} to Zendesk, about ${duration(cost.eta_ms)}`,
          ],
          ['Account', plan.account],
          ['Planned', <Moment key="at" at={plan.planned_at} />],
          plan.sample === null ? null : ['Sample', `The first ${people(plan.sample)}`],
          plan.full ? ['Full', 'Everybody is sent, also who did not change'] : null,
        ]}
      />
    </section>
  )
}

/** Rows and columns that are not sent, with the reason. */
function Columns({ plan }: { plan: StoredPlan }) {
  const { rejected, warnings, ignored_columns: ignored } = plan
  if (rejected.length + warnings.length + ignored.length === 0) return null
  return (
    <section aria-labelledby="unsent">
      <Title order={2} id="unsent" mb="xs">
        Not sent
      </Title>
      <List size="sm">
        {rejected.map(({ code, rows, reason }) => (
          <List.Item key={code}>
            {counted(rows, 'row')} rejected: {reason}
          </List.Item>
        ))}
        {warnings.map(({ code, field, rows, reason }) => (
          <List.Item key={code + field}>
            {counted(rows, 'row')} without {field}: {reason}
          </List.Item>
        ))}
        {ignored.map(({ column, did_you_mean: meant }) => (
          <List.Item key={column}>
            Column {column} feeds nothing in Zendesk.
            {meant !== null && ` ${meant} was probably meant: rename it in the query.`}
          </List.Item>
        ))}
      </List>
      {plan.origin === 'query' && (
        <Text size="xs" c="dimmed" mt="xs">
          Rejected rows are judged again in every run.
        </Text>
      )}
    </section>
  )
}
