import { Button, Group, List, MultiSelect, Select, Stack, Switch, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { DetailsPanel, WithPanel } from '../../parts/details-panel.tsx'
import { confirm, said, saidProblem } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Facts } from '../../parts/facts.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { type State, StateBadge } from '../../parts/state-badge.tsx'
import { Moment } from '../../parts/values.tsx'
import { type GroupRunBody, membersOf, mistakesOf, nameOf, nextOf, pruned, runOf } from './objects.ts'
import { ActivationTabs } from './tabs.tsx'

/** Which orchestrations run together, and what begins them. */
export function Groups() {
  const mayWrite = useMay('orchestration:write')
  const [{ q, open }, setSearch] = useSearchState()
  const groups = useGet('GET /groups', { query: { ...(q !== undefined && { q }) } }, { keepsPrevious: true })
  return (
    <>
      <PageHead
        title="Activations"
        about="Orchestrations that run together, and what begins them."
        actions={mayWrite && <Button onClick={() => setSearch({ open: 'new' }, true)}>New group</Button>}
      />
      <ActivationTabs />
      <WithAnswer of={groups} loading="Reading the groups">
        {({ items }) => {
          const chosen = items.find(({ key }) => key === open)
          const close = () => setSearch({ open: undefined })
          const isForm = mayWrite && (open === 'new' || chosen?.source === 'ui')
          const panel = (open === 'new' || chosen !== undefined) && (
            <DetailsPanel key={open} title={chosen === undefined ? 'New group' : nameOf(chosen)} onClose={close}>
              {chosen !== undefined && <GroupState of={chosen} />}
              {isForm && <GroupForm of={chosen ?? null} onEnd={close} />}
            </DetailsPanel>
          )
          return <WithPanel list={<GroupTable items={items} open={open} />} panel={panel || null} />
        }}
      </WithAnswer>
    </>
  )
}

const begins = (group: Definition): string => {
  const run = runOf(group)
  if (run.on === 'schedule') return `${String(group.status.reads)} (${run.time_zone ?? 'UTC'})`
  if (run.on === 'signal') return `On signal ${run.signal}`
  return run.on === 'group' ? `After group ${run.group}` : 'By hand'
}
const lastOf = ({ status }: Definition) => status.last_run as { state: State; started_at: string } | null | undefined

function GroupTable({ items, open }: { items: readonly Definition[]; open: string | undefined }) {
  return (
    <>
      <Group mb="sm">
        <SearchInput label="Search groups" />
      </Group>
      <DataTable
        label="Groups"
        rows={items}
        rowKey={({ key }) => key}
        rowTo={({ key }) => ({ to: '/activations/groups', search: { open: key } })}
        openKey={open}
        empty={<EmptyState why="There is no group. Without one, every orchestration runs by hand." />}
        columns={[
          { key: 'name', head: 'Group', cell: nameOf, sortBy: nameOf },
          { key: 'run', head: 'Begins', cell: begins },
          { key: 'enabled', head: 'Enabled', rank: 3, cell: ({ body }) => (body.enabled === false ? 'no' : 'yes') },
          { key: 'members', head: 'Orchestrations', align: 'right', rank: 3, cell: (one) => membersOf(one).length },
          { key: 'next', head: 'Next run', rank: 2, cell: (one) => <Moment at={nextOf(one)} /> },
          {
            key: 'last',
            head: 'Last run',
            rank: 2,
            cell: (one) => {
              const last = lastOf(one)
              return last == null ? 'Never ran' : <StateBadge state={last.state} />
            },
          },
        ]}
      />
    </>
  )
}

function GroupState({ of }: { of: Definition }) {
  const mayRun = useMay('orchestration:run')
  const mayWrite = useMay('orchestration:write') && of.source === 'ui'
  const stale = ['/groups', '/workflows', '/orchestrations']
  const run = useCall('POST /groups/{key}/runs', { stale, onDone: () => said(`${nameOf(of)} runs.`) })
  const remove = useCall('DELETE /groups/{key}', { stale })
  const params = { key: of.key }
  const askRemove = async () => {
    if (
      await confirm({
        title: `Delete ${nameOf(of)}`,
        what: 'Its orchestrations stay and run by hand.',
        verb: 'Delete group',
        hurts: true,
      })
    )
      remove.mutate({ params, ifVersion: of.version }, { onError: saidProblem })
  }
  return (
    <Stack mb="md">
      <Facts
        of={[
          ['Begins', begins(of)],
          ['Next run', <Moment key="n" at={nextOf(of)} />],
          ['Runs', membersOf(of).join(', ')],
          of.source === 'git' ? ['Comes from', 'deskside.yml: change it there'] : null,
        ]}
      />
      <Group>
        {mayRun && (
          <Button loading={run.isPending} onClick={() => run.mutate({ params }, { onError: saidProblem })}>
            Run now
          </Button>
        )}
        {mayWrite && (
          <Button variant="default" onClick={() => void askRemove()}>
            Delete
          </Button>
        )}
      </Group>
    </Stack>
  )
}

function GroupForm({ of, onEnd }: { of: Definition | null; onEnd: () => void }) {
  const [body, setBody] = useState<Definition['body']>(of?.body ?? { run: { on: 'manual' }, orchestrations: [] })
  const all = useGet('GET /orchestrations')
  const options = {
    stale: ['/groups', '/orchestrations'],
    onDone: () => {
      said('The group is saved.')
      onEnd()
    },
  }
  const create = useCall('POST /groups', options)
  const save = useCall('PUT /groups/{key}', options)
  const problem = (create.error ?? save.error)?.problem ?? null
  const mistakes = mistakesOf(problem)
  const run = runOf({ body })
  const setRun = (next: GroupRunBody) => setBody({ ...body, run: next })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const sent = { ...pruned(body), orchestrations: membersOf({ body }) }
    if (of === null) create.mutate({ body: { body: sent } })
    else save.mutate({ params: { key: of.key }, body: { body: sent }, ifVersion: of.version })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {problem !== null && <ProblemCard problem={problem} />}
        <TextInput
          label="Name"
          value={String(body.name ?? '')}
          onChange={(event) => setBody({ ...body, name: event.currentTarget.value })}
          error={mistakes.name}
        />
        <MultiSelect
          label="Orchestrations"
          description="They run in this order."
          data={(all.data?.items ?? []).map((one) => ({ value: one.key, label: nameOf(one) }))}
          value={membersOf({ body })}
          onChange={(keys) => setBody({ ...body, orchestrations: keys })}
          error={mistakes.orchestrations}
        />
        <Select
          label="Begins"
          allowDeselect={false}
          data={[
            { value: 'manual', label: 'By hand' },
            { value: 'schedule', label: 'On a schedule' },
            { value: 'signal', label: 'On a signal' },
            { value: 'group', label: 'After another group' },
          ]}
          value={run.on}
          onChange={(on) =>
            setRun({
              on: (on ?? 'manual') as GroupRunBody['on'],
              ...(on === 'schedule' && {
                cron: '30 8 * * *',
                time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
              }),
            })
          }
        />
        {run.on === 'schedule' && (
          <>
            <TextInput
              label="Cron line"
              description="Minute, hour, day of month, month, day of week."
              value={run.cron ?? ''}
              onChange={(event) => setRun({ ...run, cron: event.currentTarget.value })}
              error={mistakes['run.cron']}
            />
            <Select
              label="Time zone"
              searchable
              data={['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]}
              value={run.time_zone ?? 'UTC'}
              onChange={(zone) => setRun({ ...run, time_zone: zone ?? 'UTC' })}
              error={mistakes['run.time_zone']}
            />
            <Preview cron={run.cron ?? ''} zone={run.time_zone ?? 'UTC'} />
          </>
        )}
        {run.on === 'signal' && (
          <TextInput
            label="Signal"
            value={run.signal ?? ''}
            onChange={(event) => setRun({ ...run, signal: event.currentTarget.value })}
            error={mistakes['run.signal']}
          />
        )}
        {run.on === 'group' && (
          <TextInput
            label="Key of the group"
            value={run.group ?? ''}
            onChange={(event) => setRun({ ...run, group: event.currentTarget.value })}
            error={mistakes['run.group'] ?? mistakes.run}
          />
        )}
        <Switch
          label="Enabled"
          description="A group that is not enabled runs by hand only."
          checked={body.enabled !== false}
          onChange={(event) => setBody({ ...body, enabled: event.currentTarget.checked })}
        />
        <Button type="submit" loading={create.isPending || save.isPending}>
          Save group
        </Button>
      </Stack>
    </form>
  )
}

function Preview({ cron, zone }: { cron: string; zone: string }) {
  const { data, error } = useGet(
    'GET /schedules/preview',
    { query: { cron, time_zone: zone } },
    { enabled: cron !== '' },
  )
  if (error !== null)
    return (
      <Text size="sm" c="var(--deskside-bad)" role="status">
        {error.problem.detail}
      </Text>
    )
  if (data === undefined) return null
  const at = new Intl.DateTimeFormat('en', {
    dateStyle: 'medium',
    timeStyle: 'short',
    hourCycle: 'h23',
    timeZone: zone,
  })
  return (
    <div role="status">
      <Text size="sm">
        Runs {data.reads}. Where the clock is changed, a time that is left out runs right after the gap, one that comes
        twice runs once.
      </Text>
      <List size="sm">
        {data.times.map((time) => (
          <List.Item key={time}>{at.format(new Date(time))}</List.Item>
        ))}
      </List>
    </div>
  )
}
