import { ActionIcon, Button, Group, Menu, Stack, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { Copy, CopyPlus, Download, Ellipsis, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall } from '../../api/use.ts'
import { copyText } from '../../parts/copy.ts'
import { useDeletion } from '../../parts/deletion.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { said } from '../../parts/dialogs.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { useSaveFile } from '../../parts/save-file.ts'
import { useSearchState } from '../../parts/search-state.ts'
import { mistakesOf } from './form-state.ts'

export function AttributesActions({ definition }: { definition: Definition }) {
  const [search, setSearch] = useSearchState()
  const { key } = definition
  const mayWrite = useMay('query:write')
  const [mayRun, mayDownload] = [useMay('query:run'), useMay('data:download')]
  const navigate = useNavigate()
  const deletion = useDeletion('/attributes-tables', {
    noun: 'attributes table',
    what: 'Nothing uses it. Its versions are kept.',
    onDeleted: () => navigate({ to: '/attributes-tables' }),
  })
  const { save, isBusy } = useSaveFile()
  return (
    <>
      {mayRun && mayDownload && (
        <Button
          variant="default"
          leftSection={<Download size={14} aria-hidden />}
          loading={isBusy}
          onClick={() => void save('GET /attributes-tables/{key}/download', { params: { key } }, `${key}.csv`)}
        >
          Download
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label="More actions" size={30} variant="default">
            <Ellipsis size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Copy size={14} aria-hidden />} onClick={() => void copyText(key, 'Name')}>
            Copy the name
          </Menu.Item>
          {mayWrite && (
            <Menu.Item leftSection={<CopyPlus size={14} aria-hidden />} onClick={() => setSearch({ copy: 'yes' })}>
              Make a copy
            </Menu.Item>
          )}
          {mayWrite && definition.source === 'ui' && (
            <Menu.Item
              c="var(--deskside-bad)"
              leftSection={<Trash2 size={14} aria-hidden />}
              onClick={() => void deletion.ask(definition)}
            >
              Delete attributes table
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {mayWrite && search.copy === 'yes' && (
        <CopyDialog definition={definition} onClose={() => setSearch({ copy: undefined })} />
      )}
    </>
  )
}

function CopyDialog({ definition, onClose }: { definition: Definition; onClose: () => void }) {
  const navigate = useNavigate()
  const [name, setName] = useState(`Copy of ${nameOf(definition)}`)
  const [key, setKey] = useState(`${definition.key}_copy`)
  const clone = useCall('POST /attributes-tables/{key}/clone', {
    stale: ['/attributes-tables', '/tables'],
    onDone: (made) => {
      said(`${made.key} was created.`)
      void navigate({ to: '/attributes-tables/$key', params: { key: made.key } })
    },
  })
  const wrong = mistakesOf(clone.error?.problem ?? null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    clone.mutate({ params: { key: definition.key }, body: { name, ...(key !== '' && { key }) } })
  }
  return (
    <Dialog opened onClose={onClose} title={`Copy ${nameOf(definition)}`}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Name"
            data-autofocus
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={wrong.name}
          />
          <TextInput
            label="Key"
            description="The name by which SQL reads the copy."
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            error={wrong.key}
          />
          {clone.error !== null && <ProblemCard problem={clone.error.problem} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={clone.isPending}>
              Copy
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
