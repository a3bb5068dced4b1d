import { Autocomplete, Button, Group, Stack, TagsInput } from '@mantine/core'
import { useState } from 'react'
import { Dialog } from '../../parts/dialog.tsx'
import { counted } from '../../parts/values.tsx'
import type { QueryActions } from './actions.ts'
import { foldersOf, type Row } from './model.ts'

interface FileRowsProps {
  rows: readonly Row[]
  all: readonly Row[]
  what: 'folder' | 'labels'
  actions: QueryActions
  onClose: () => void
}

/** Moves queries to a folder, or gives them labels. */
export function FileRows({ rows, all, what, actions, onClose }: FileRowsProps) {
  const [folder, setFolder] = useState(rows.length === 1 ? (rows[0]?.folder ?? '') : '')
  const [labels, setLabels] = useState(rows.length === 1 ? (rows[0]?.labels ?? []) : [])
  const [isBusy, setBusy] = useState(false)
  const title = `${what === 'folder' ? 'Move' : 'Label'} ${rows.length === 1 ? rows[0]?.name : counted(rows.length, 'query', 'queries')}`
  const send = async () => {
    setBusy(true)
    await actions.file(rows, what === 'folder' ? { folder: folder.trim() || undefined } : { labels })
    onClose()
  }
  return (
    <Dialog opened onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <Stack gap="sm">
          {what === 'folder' ? (
            <Autocomplete
              label="Folder"
              description="Up to three names with / between them. Empty: in no folder."
              data-autofocus
              // Its list would cover the buttons before anything is asked for.
              openOnFocus={false}
              data={foldersOf(all)}
              value={folder}
              onChange={setFolder}
            />
          ) : (
            <TagsInput
              label="Labels"
              description="Enter adds one."
              data-autofocus
              openOnFocus={false}
              data={[...new Set(all.flatMap(({ labels }) => labels))]}
              value={labels}
              maxTags={10}
              onChange={setLabels}
            />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={isBusy}>
              {what === 'folder' ? 'Move' : 'Save labels'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
