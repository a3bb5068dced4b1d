import { Button, Group } from '@mantine/core'
import type { Definition } from '../../../api/operations.ts'
import type { DefinitionPath } from '../../../parts/definition-saving.ts'
import { useDeletion } from '../../../parts/deletion.tsx'

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
  const deletion = useDeletion(path, { noun, what, onDeleted, stale: ['/activity'] })
  return (
    <Group gap="xs">
      <Button onClick={onEdit}>Edit</Button>
      <Button
        variant="default"
        c="var(--deskside-bad)"
        onClick={() => void deletion.ask(of)}
        loading={deletion.isDeleting}
      >
        Delete
      </Button>
    </Group>
  )
}
