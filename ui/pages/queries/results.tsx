import { Button, Group, Text } from '@mantine/core'
import { X } from 'lucide-react'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { RowsGrid } from '../../parts/rows-grid.tsx'
import { duration, useNow } from '../../parts/values.tsx'
import type { Trial } from './use-try.ts'

interface ResultsProps {
  trial: Trial
  onCancel: () => void
  /** Leads to the mistake in the text, where somebody has written one. */
  onGoTo?: (line: number, column: number) => void
}

/** What became of the last run. */
export function Results({ trial, onCancel, onGoTo }: ResultsProps) {
  const { state, rows, problem, ms, startedAt } = trial
  if (state === 'none')
    return (
      <Text size="sm" c="dimmed">
        Run the query to see its first 100 rows. Nothing is sent.
      </Text>
    )
  if (state === 'running') return <Running since={startedAt} onCancel={onCancel} />
  if (state === 'cancelled')
    return (
      <Text size="sm" role="status">
        Cancelled after {duration(ms)}.
      </Text>
    )
  if (problem !== null) {
    const { line, column } = problem
    const place = typeof line === 'number' ? { line, column: typeof column === 'number' ? column : 1 } : null
    return (
      <ProblemCard
        problem={problem}
        actions={
          place !== null &&
          onGoTo !== undefined && (
            <Button variant="default" onClick={() => onGoTo(place.line, place.column)}>
              Go to line {place.line}
            </Button>
          )
        }
      />
    )
  }
  return (
    <>
      <Text size="xs" c="dimmed" mb={4}>
        Ran in {duration(ms)}. Nothing was sent.
      </Text>
      {rows !== null && <RowsGrid rows={rows} label="Results" none="The query runs and gives no rows." />}
    </>
  )
}

function Running({ since, onCancel }: { since: number; onCancel: () => void }) {
  const now = useNow(500)
  return (
    <Group gap="sm">
      <Text size="sm" role="status">
        Running the query…
      </Text>
      <Text size="sm" c="dimmed" aria-hidden>
        {Math.max(0, Math.round((now.getTime() - since) / 1_000))} s
      </Text>
      <Button variant="default" leftSection={<X size={14} aria-hidden />} onClick={onCancel}>
        Cancel
      </Button>
    </Group>
  )
}
