import { Menu } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { Copy, Download, Folder, History, Pencil, Tag, Trash2 } from 'lucide-react'
import { useMe } from '../../api/me.ts'
import { useSaveFile } from '../../parts/save-file.ts'
import type { QueryActions } from './actions.ts'
import type { Row } from './model.ts'

interface QueryEntriesProps {
  row: Row
  actions: QueryActions
  onAsk: (what: 'copy' | 'folder' | 'labels') => void
}

/** What can be done with a query, as entries of a menu; what the person may not do, or git does, is left out. */
export function QueryEntries({ row, actions, onAsk }: QueryEntriesProps) {
  const { may } = useMe()
  const { save } = useSaveFile()
  const navigate = useNavigate()
  const { key, query } = row
  const mayWrite = may.includes('query:write')
  const isOurs = mayWrite && query?.source !== 'git'
  const mayDownload = query !== null && may.includes('query:run') && may.includes('data:download')
  const icon = { size: 14, 'aria-hidden': true }
  return (
    <>
      {isOurs && (
        <Menu.Item leftSection={<Pencil {...icon} />} onClick={() => void actions.edit(row)}>
          {row.draft === null ? 'Edit' : 'Open draft'}
        </Menu.Item>
      )}
      {mayWrite && query !== null && (
        <Menu.Item leftSection={<Copy {...icon} />} onClick={() => onAsk('copy')}>
          Copy
        </Menu.Item>
      )}
      {isOurs && (
        <>
          <Menu.Item leftSection={<Folder {...icon} />} onClick={() => onAsk('folder')}>
            Move to folder
          </Menu.Item>
          <Menu.Item leftSection={<Tag {...icon} />} onClick={() => onAsk('labels')}>
            Labels
          </Menu.Item>
        </>
      )}
      {mayDownload && (
        <Menu.Item
          leftSection={<Download {...icon} />}
          onClick={() => void save('GET /queries/{key}/download', { params: { key } }, `${key}.csv`)}
        >
          Download as CSV
        </Menu.Item>
      )}
      {query !== null && (
        <Menu.Item
          leftSection={<History {...icon} />}
          onClick={() => void navigate({ to: '/queries/$key', params: { key }, search: { tab: 'versions' } })}
        >
          Versions
        </Menu.Item>
      )}
      {isOurs && (
        <Menu.Item
          c="var(--deskside-bad)"
          leftSection={<Trash2 {...icon} />}
          onClick={() => void actions.remove([row])}
        >
          Delete
        </Menu.Item>
      )}
    </>
  )
}
