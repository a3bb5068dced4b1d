import { List, Select, Text, TextInput } from '@mantine/core'
import { nameOf } from '../../api/definition.ts'
import { useGet } from '../../api/use.ts'
import type { GroupRunBody } from './objects.ts'

interface BeginsProps {
  /** The key of the group; null: a new one. */
  of: string | null
  run: GroupRunBody
  onChange: (run: GroupRunBody) => void
  mistakes: Record<string, string>
}

const ways: { value: GroupRunBody['on']; label: string }[] = [
  { value: 'manual', label: 'By hand' },
  { value: 'schedule', label: 'On a schedule' },
  { value: 'signal', label: 'On a signal' },
  { value: 'group', label: 'After another group' },
]

const daily = (): GroupRunBody => ({
  on: 'schedule',
  cron: '30 8 * * *',
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
})

/** What begins a group, with the fields of each way. */
export function GroupBegins({ of, run, onChange, mistakes }: BeginsProps) {
  return (
    <>
      <Select
        label="Begins"
        allowDeselect={false}
        data={ways}
        value={run.on}
        onChange={(on) => onChange(on === 'schedule' ? daily() : { on: on ?? 'manual' })}
      />
      {run.on === 'schedule' && <Schedule run={run} onChange={onChange} mistakes={mistakes} />}
      {run.on === 'signal' && (
        <TextInput
          label="Signal"
          description="Its name; whoever sends it, by the API or the command line, begins the group."
          value={run.signal ?? ''}
          onChange={(event) => onChange({ ...run, signal: event.currentTarget.value })}
          error={mistakes['run.signal'] ?? mistakes.run}
        />
      )}
      {run.on === 'group' && <Before of={of} run={run} onChange={onChange} mistakes={mistakes} />}
    </>
  )
}

function Before({ of, run, onChange, mistakes }: BeginsProps) {
  const groups = useGet('GET /groups')
  const others = (groups.data?.items ?? []).filter(({ key }) => key !== of)
  return (
    <Select
      label="Group"
      description="It begins once that group has completed."
      data={others.map((one) => ({ value: one.key, label: nameOf(one) }))}
      nothingFoundMessage="There is no other group."
      value={run.group ?? null}
      onChange={(group) => onChange({ on: 'group', ...(group !== null && { group }) })}
      error={mistakes['run.group'] ?? mistakes.run}
    />
  )
}

function Schedule({ run, onChange, mistakes }: Omit<BeginsProps, 'of'>) {
  return (
    <>
      <TextInput
        label="Cron line"
        description="Minute, hour, day of month, month, day of week."
        value={run.cron ?? ''}
        onChange={(event) => onChange({ ...run, cron: event.currentTarget.value })}
        error={mistakes['run.cron']}
      />
      <Select
        label="Time zone"
        searchable
        data={['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]}
        value={run.time_zone ?? 'UTC'}
        onChange={(zone) => onChange({ ...run, time_zone: zone ?? 'UTC' })}
        error={mistakes['run.time_zone']}
      />
      <Preview cron={run.cron ?? ''} zone={run.time_zone ?? 'UTC'} />
    </>
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
