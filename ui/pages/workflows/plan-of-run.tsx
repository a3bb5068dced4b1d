import { Button, List, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Plan, Workflow } from '../../api/operations.ts'
import { Facts } from '../../parts/facts.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { counted, Figure } from '../../parts/values.tsx'

/** What the run was going to send, as its plan says. */
export function PlanOfRun({ workflow: { tasks } }: { workflow: Workflow }) {
  const output = tasks.find(({ task }) => task === 'plan')?.output as unknown as Partial<Plan> | undefined
  const { plan_id: id, rows, people, guards = [], rejected = [], warnings = [], notes = [], exits, cost } = output ?? {}
  if (id === undefined || people === undefined || rows === undefined)
    return <Text size="sm">There is no plan yet: a run makes it before anything is sent.</Text>
  return (
    <Stack align="flex-start">
      {guards.map(({ code, message }) => (
        <ProblemCard key={code} problem={{ code, message, fix: 'Look at the changes before you approve them.' }} />
      ))}
      <Facts
        of={[
          ['Rows', <Figure key="r" value={rows.total} />],
          ['People', <Figure key="p" value={people.total} />],
          ['To create', <Figure key="c" value={people.create} />],
          ['To update', <Figure key="u" value={people.update} />],
          ['Unchanged', <Figure key="n" value={people.unchanged} />],
          ['Values to clear', <Figure key="v" value={people.cleared_values} />],
          exits ? ['Left the result', counted(exits.people, 'person', 'people')] : null,
          cost === undefined ? null : ['Requests', <Figure key="q" value={cost.requests} />],
        ]}
      />
      <Reasons title="Rejected" of={rejected} />
      <Reasons title="Sent without a value" of={warnings} />
      {notes.map((note) => (
        <Text key={note} size="sm">
          {note}
        </Text>
      ))}
      <Button component={Link} to={`/plans/${encodeURIComponent(id)}`} variant="default">
        Show its changes
      </Button>
    </Stack>
  )
}

function Reasons({ title, of }: { title: string; of: readonly { code: string; rows: number; reason: string }[] }) {
  if (of.length === 0) return null
  return (
    <section aria-label={title}>
      <Text fw={600} size="sm">
        {title}
      </Text>
      <List size="sm">
        {of.map(({ code, rows, reason }) => (
          <List.Item key={code + reason}>
            {counted(rows, 'row')}: {reason}
          </List.Item>
        ))}
      </List>
    </section>
  )
}
