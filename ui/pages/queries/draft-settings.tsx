import { Button, Group, Stack } from '@mantine/core'
import { useState } from 'react'
import { Dialog } from '../../parts/dialog.tsx'
import { FilingFields } from './filing-fields.tsx'
import { mistakesOf } from './mistakes.ts'
import type { EditedDraft } from './use-draft.ts'

/** Name, description, folder and labels of a draft; they become those of the query when it is activated. */
export function DraftSettings({ draft }: { draft: EditedDraft }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        Settings
      </Button>
      <Dialog opened={isOpen} onClose={() => setOpen(false)} title="Settings of the draft">
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void draft.save().then((saved) => saved !== null && setOpen(false))
          }}
        >
          <Stack gap="sm">
            <FilingFields of={draft.body} onChange={draft.change} mistakes={mistakesOf(draft.problem)} />
            <Group justify="flex-end">
              <Button type="submit" loading={draft.isSaving}>
                Save
              </Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
    </>
  )
}
