import { Button, Group } from '@mantine/core'
import { useNow } from '../../parts/values.tsx'
import type { EditedDraft } from './use-draft.ts'

/** How far the draft is saved: `Saved 3 s ago`. */
export function Saved({ draft }: { draft: EditedDraft }) {
  const now = useNow(1_000)
  if (draft.isSaving) return <span>Saving…</span>
  if (draft.isDirty)
    return (
      <Group gap="xs">
        <span>Not saved yet.</span>
        <Button variant="subtle" size="compact-xs" onClick={() => void draft.save()}>
          Save now
        </Button>
      </Group>
    )
  const { savedAt } = draft
  if (savedAt === null) return <span>A draft saves itself. Nothing is sent by it.</span>
  const seconds = Math.max(0, Math.round((now.getTime() - savedAt.getTime()) / 1_000))
  return <span>{seconds < 60 ? `Saved ${seconds} s ago.` : `Saved ${Math.floor(seconds / 60)} min ago.`}</span>
}
