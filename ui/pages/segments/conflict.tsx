import { Button, Group, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { ApiProblem } from '../../api/call.ts'
import type { Definition } from '../../api/operations.ts'
import { markStale, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DiffText } from '../../parts/diff-text.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { UserName } from '../../parts/user-name.tsx'
import { Moment } from '../../parts/values.tsx'
import classes from './segments.module.css'

interface ConflictProps {
  of: Definition
  isSaving: boolean
  onTake: (theirs: Definition) => void
  onOverwrite: (version: number) => void
}

/** Somebody else has saved meanwhile: what they changed, and what to do with it. What was entered stays. */
export function Conflict({ of: { key, version: mine }, isSaving, onTake, onOverwrite }: ConflictProps) {
  const theirs = useGet('GET /segments/{key}', { params: { key } }, { everyMs: 15_000 })
  const client = useQueryClient()
  // What was read before they saved would be taken for the present version a while longer.
  useEffect(() => void markStale(client, ['/segments']), [client])
  const now = theirs.data
  const version = now?.version ?? mine
  const changed = useGet(
    'GET /segments/{key}/versions/{version}',
    { params: { key, version }, query: { against: mine } },
    { enabled: version !== mine },
  )
  if (theirs.error !== null) return <ProblemCard problem={theirs.error.problem} />
  return (
    <section className={classes.conflict} role="alert" aria-label="Changed meanwhile">
      <Text fw={600}>Somebody else has changed this segment meanwhile. What you entered is still here.</Text>
      {now !== undefined && version !== mine && (
        <Text size="sm">
          Version {version} by <UserName of={now.updated_by} />, <Moment at={now.updated_at} />:
        </Text>
      )}
      <WithAnswer of={changed} loading="Reading what they changed" rows={2}>
        {({ diff }) => <DiffText diff={diff ?? ''} label="What they changed" />}
      </WithAnswer>
      <Group gap="xs">
        <Button
          variant="default"
          disabled={now === undefined || version === mine}
          onClick={() => now !== undefined && onTake(now)}
        >
          Take theirs
        </Button>
        <Button color="red" loading={isSaving} disabled={version === mine} onClick={() => onOverwrite(version)}>
          Save mine over version {version}
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        Both stay among the versions once they are saved. Taking theirs drops what you entered.
      </Text>
    </section>
  )
}

/** Why it was not saved. */
export function SavingProblem({
  problem,
  of,
  ...more
}: Omit<ConflictProps, 'of'> & { problem: ApiProblem | null; of: Definition | null }) {
  if (problem === null) return null
  if (problem.status === 412 && of !== null) return <Conflict of={of} {...more} />
  return <ProblemCard problem={problem.problem} />
}
