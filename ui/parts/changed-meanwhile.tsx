import { Button, Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Definition } from '../api/operations.ts'
import { changesOf, type Saving } from './definition-saving.ts'
import { Difference } from './difference.tsx'
import { ProblemCard } from './problem-card.tsx'

/** What somebody else saved meanwhile. */
export interface Meanwhile {
  /** What differs between what was begun from and what is there now. */
  changed: ReactNode
  onTake: () => void
  onSaveOver: () => void
  isSaving?: boolean
  /** What they saved is not read yet: there is nothing to take or to save over. */
  isReading?: boolean
}

/** Somebody else has saved since: what was entered stays, what they changed is shown, and the person decides. */
export function ChangedMeanwhile({ changed, onTake, onSaveOver, isSaving, isReading }: Meanwhile) {
  return (
    <ProblemCard
      problem={{
        code: 'store.conflict',
        who: 'you',
        message: 'Somebody has changed this meanwhile.',
        fix: 'What you entered is still here. Take what they saved, or save yours over it.',
      }}
      actions={
        <Stack gap="xs" style={{ minWidth: 0 }}>
          <Text size="sm" component="div">
            {changed}
          </Text>
          <Group gap="xs">
            <Button variant="default" disabled={isReading} onClick={onTake}>
              Take theirs
            </Button>
            <Button color="red.8" loading={isSaving} disabled={isReading} onClick={onSaveOver}>
              Save over it
            </Button>
          </Group>
        </Stack>
      }
    />
  )
}

/** What somebody else saved while a definition was edited; null: nobody did. */
export function meanwhileOf(
  saving: Saving,
  of: Definition | null,
  without = 'It was saved again as it was.',
): Meanwhile | null {
  if (saving.theirs === null || of === null) return null
  const changes = changesOf(of.body, saving.theirs.body)
  return {
    changed:
      changes.length === 0
        ? without
        : changes.map(({ field, before, after }) => (
            <div key={field}>
              {field}: <Difference before={before as string} after={after as string} />
            </div>
          )),
    onTake: saving.take,
    onSaveOver: saving.saveOver,
  }
}
