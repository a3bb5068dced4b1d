import { Button, Group } from '@mantine/core'
import type { Definition } from '../../../api/operations.ts'
import { useCall } from '../../../api/use.ts'
import { confirm, said, saidProblem } from '../../../parts/dialogs.tsx'
import { Difference } from '../../../parts/difference.tsx'
import { changesOf, type DefinitionPath, nameOf, type Saving } from './definitions.ts'
import type { Meanwhile } from './save-form.tsx'

interface DefinitionActionsProps {
  of: Definition
  path: DefinitionPath
  /** What it is called: `channel`. */
  noun: string
  /** What deleting it means. */
  what: string
  onEdit: () => void
  onDeleted: () => void
}

export function DefinitionActions({ of, path, noun, what, onEdit, onDeleted }: DefinitionActionsProps) {
  const remove = useCall(`DELETE ${path}/{key}` as 'DELETE /channels/{key}', {
    stale: [path, '/activity'],
    onDone: () => {
      said(`${nameOf(of)} is deleted.`)
      onDeleted()
    },
  })
  const ask = async () => {
    if (await confirm({ title: `Delete ${nameOf(of)}?`, what, verb: `Delete ${noun}`, hurts: true }))
      remove.mutate({ params: { key: of.key }, ifVersion: of.version }, { onError: saidProblem })
  }
  return (
    <Group gap="xs">
      <Button onClick={onEdit}>Edit</Button>
      <Button variant="default" c="var(--deskside-bad)" onClick={() => void ask()} loading={remove.isPending}>
        Delete
      </Button>
    </Group>
  )
}

/** What somebody else saved while this was edited. */
export function meanwhileOf(saving: Saving, of: Definition | null): Meanwhile | null {
  if (saving.theirs === null || of === null) return null
  const changes = changesOf(of.body, saving.theirs.body)
  return {
    changed:
      changes.length === 0
        ? 'They replaced its secret.'
        : changes.map(({ field, before, after }) => (
            <div key={field}>
              {field}: <Difference before={before as string} after={after as string} />
            </div>
          )),
    onTake: saving.take,
    onSaveOver: saving.saveOver,
  }
}
