import { Stack, Text, Title } from '@mantine/core'
import { Difference, FieldValue } from '../../parts/difference.tsx'
import { type State, StateBadge, states } from '../../parts/state-badge.tsx'
import { Moment } from '../../parts/values.tsx'
import type { Known } from './found.tsx'
import classes from './history.module.css'

type Entry = Known['history'][number]

const originWords: Record<Entry['origin'], string> = {
  query: 'Run',
  repair: 'Repair of drift',
  undo: 'Undo',
}

/** What each run did with the person, the newest first. */
export function History({ of: { history, destination } }: { of: Known }) {
  return (
    <section aria-label={`History in ${destination}`}>
      <Title order={3} mb="xs">
        History
      </Title>
      {history.length === 0 && <Text size="sm">No run of the days that are kept has had this person.</Text>}
      <ol className={classes.runs}>
        {history.toReversed().map((entry) => (
          <li key={entry.run_id} className={classes.run}>
            <Run of={entry} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function Run({ of }: { of: Entry }) {
  const isKnown = of.status in states
  return (
    <Stack gap={6}>
      <Text size="sm" component="div" fw={500}>
        {originWords[of.origin]} of {of.orchestration}, <Moment at={of.started_at} />{' '}
        {isKnown && <StateBadge state={of.status as State} />}
      </Text>
      {of.changes.map((change) => (
        <Change key={change.change} of={change} />
      ))}
      {of.rejected.map((row) => (
        <Said key={`${row.row} ${row.field} ${row.code}`} state="rejected" {...row} />
      ))}
      {of.warnings.map((row) => (
        <Said key={`${row.row} ${row.field} ${row.code}`} state="warning" {...row} />
      ))}
      {of.alerts.map((alert) => (
        <Said key={`${alert.field} ${alert.code}`} state="issue" row={null} {...alert} value={alert.given} />
      ))}
      <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        Run {of.run_id}
        {of.query !== null && ` · query ${of.query.digest}`}
        {of.query?.changed === true && ', changed since the run before'}
      </Text>
    </Stack>
  )
}

function Change({ of: { kind, fields, outcome, follow_ups: later } }: { of: Entry['changes'][number] }) {
  const last = later.at(-1)?.outcome ?? outcome
  return (
    <>
      <Text size="sm" component="div">
        {last === null ? (
          <StateBadge state="pending" word={`${kind}: no word yet`} />
        ) : (
          <StateBadge state={last.status} />
        )}
        {later.length > 0 && ' after it was sent again'}
        {last?.reason && `: ${last.reason}`}
      </Text>
      <ul className={classes.fields}>
        {fields.map(({ field, old, new: value }) => (
          <li key={field}>
            <span className={classes.field}>{field}</span> <Difference before={old} after={value} />
          </li>
        ))}
      </ul>
    </>
  )
}

interface SaidProps {
  state: State
  row: number | null
  field: string | null
  value: string | null
  reason: string
}

function Said({ state, row, field, value, reason }: SaidProps) {
  return (
    <Text size="sm" component="div">
      <StateBadge state={state} /> {row !== null && `Row ${row}. `}
      {field !== null && (
        <>
          {field}: <FieldValue value={value} />.{' '}
        </>
      )}
      {reason}
    </Text>
  )
}
