import { Stack, Table, Text } from '@mantine/core'
import type { Workflow } from '../../api/operations.ts'
import { Marked } from '../../parts/marked.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { type State, StateBadge } from '../../parts/state-badge.tsx'
import { counted, figure } from '../../parts/values.tsx'
import { taskWords } from './words.ts'
import { Runtime } from './workflows.tsx'

type Task = Workflow['tasks'][number]

/** The steps of the run, each with what it does and what came of it. */
export function Tasks({ workflow: { tasks, row_groups: groups } }: { workflow: Workflow }) {
  return (
    <Stack gap="lg">
      <Table.ScrollContainer minWidth={320} type="native">
        <Table verticalSpacing={8} aria-label="Tasks">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Task</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th ta="right">Time</Table.Th>
              <Table.Th visibleFrom="sm">What came of it</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tasks.map((task) => (
              <Table.Tr key={task.task}>
                <Table.Td>
                  <Text size="sm" fw={500}>
                    {taskWords[task.task].name}
                  </Text>
                  <Text size="xs" c="dimmed" visibleFrom="sm">
                    {taskWords[task.task].what}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <StateBadge state={task.state as State} />
                </Table.Td>
                <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>
                  <Runtime of={task} />
                </Table.Td>
                <Table.Td visibleFrom="sm">
                  <Marked text={resultOf(task)} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {groups.length > 0 && <RowGroups of={groups} />}
    </Stack>
  )
}

/** One sentence on what a task has found, from the counts that it keeps. */
function resultOf({ task, output, problem }: Task): string {
  if (problem !== null) return problem.message
  if (task === 'extract' && typeof output.rows === 'number') return counted(output.rows, 'row')
  if (task === 'plan') {
    const people = output.people as { create?: number; update?: number; unchanged?: number } | undefined
    if (people === undefined) return ''
    return `${figure(people.create ?? 0)} to create, ${figure(people.update ?? 0)} to update, ${figure(people.unchanged ?? 0)} unchanged`
  }
  if (task === 'confirm' && typeof output.read === 'number')
    return `${counted(output.read, 'person', 'people')} read back, ${figure(Number(output.differing ?? 0))} differ`
  return ''
}

function RowGroups({ of }: { of: Workflow['row_groups'] }) {
  return (
    <section aria-label="Rows that were not sent">
      <Text fw={600} size="sm" mb="xs">
        Rows that were not sent
      </Text>
      <Stack gap="sm">
        {of.map(({ code, rows, reason, fix }) => (
          <ProblemCard key={code} problem={{ code, fix, message: `${counted(rows, 'row')}: ${reason}` }} />
        ))}
      </Stack>
    </section>
  )
}
