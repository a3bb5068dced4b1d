import { Group, Text } from '@mantine/core'
import classes from './outcome-bar.module.css'
import { states } from './state-badge.tsx'
import { figure } from './values.tsx'

/** In the order in which they are told; `pending` is what a workflow that stopped has left. */
export const outcomes = ['created', 'updated', 'unchanged', 'merged', 'rejected', 'failed', 'pending'] as const
export type Outcome = (typeof outcomes)[number]
export type Outcomes = Partial<Record<Outcome, number>>

/** The counts of a workflow's `rows`, which the API leaves open in shape. */
export function outcomesOf(rows: { [name: string]: unknown } | null): Outcomes {
  return Object.fromEntries(outcomes.flatMap((name) => (typeof rows?.[name] === 'number' ? [[name, rows[name]]] : [])))
}

/** The outcomes of rows as one bar with its figures: each row has exactly one, so that they add up to the total. */
export function OutcomeBar({ of, hasFigures = true }: { of: Outcomes; hasFigures?: boolean }) {
  const shown = outcomes.filter((name) => (of[name] ?? 0) > 0)
  const total = shown.reduce((sum, name) => sum + (of[name] ?? 0), 0)
  const text = shown.map((name) => `${figure(of[name] ?? 0)} ${name}`).join(', ')
  if (total === 0) return <span>No rows</span>
  return (
    <div className={classes.whole}>
      <div className={classes.bar} role="img" aria-label={`${figure(total)} rows: ${text}`}>
        {shown.map((name) => (
          <span key={name} className={classes.part} data-outcome={name} style={{ flexGrow: of[name] ?? 0 }} />
        ))}
      </div>
      {hasFigures && (
        <Group gap="md" mt={6}>
          {shown.map((name) => (
            <Text key={name} size="xs" component="span" className={classes.figure}>
              <span className={classes.dot} data-outcome={name} aria-hidden />
              {figure(of[name] ?? 0)} {states[name].word.toLowerCase()}
            </Text>
          ))}
        </Group>
      )}
    </div>
  )
}
