import { Text } from '@mantine/core'
import type { Workflow } from '../../api/operations.ts'
import { type State, StateBadge } from '../../parts/state-badge.tsx'
import classes from './graph.module.css'
import { taskWords } from './words.ts'
import { Runtime } from './workflows.tsx'

/** The tasks as they depend on each other: one after the other, from the source to the account. The list is what is read aloud. */
export function TaskGraph({ workflow: { tasks, launched, orchestration } }: { workflow: Workflow }) {
  return (
    <ol className={classes.graph} aria-label="Tasks in their order">
      <li className={classes.end}>{keyOf(launched.query) ?? keyOf(launched.segment) ?? orchestration}</li>
      {tasks.map((task) => (
        <li key={task.task} className={classes.node} data-state={task.state}>
          <Text fw={600} size="sm">
            {taskWords[task.task].name}
          </Text>
          <StateBadge state={task.state as State} />
          <Text size="xs" c="dimmed">
            <Runtime of={task} />
          </Text>
        </li>
      ))}
      <li className={classes.end}>{keyOf(launched.destination) ?? 'Zendesk'}</li>
    </ol>
  )
}

/** Of a definition as it was when the run began. */
function keyOf(launched: unknown): string | null {
  const { key } = (launched ?? {}) as { key?: unknown }
  return typeof key === 'string' ? key : null
}
