import { Button, Group } from '@mantine/core'
import type { Definition } from '../../../api/operations.ts'
import { useCall } from '../../../api/use.ts'
import type { DefinitionPath } from '../../../parts/definition-saving.ts'
import { confirm, said, saidProblem } from '../../../parts/dialogs.tsx'
import { nameOf } from './definitions.ts'

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
