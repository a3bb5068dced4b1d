import { Button, Group, Text } from '@mantine/core'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../api/me.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FilterSelect } from '../../parts/filter-select.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { counted } from '../../parts/values.tsx'
import { useQueryActions } from './actions.ts'
import { columnsOf } from './columns.tsx'
import { Folders } from './folders.tsx'
import { filtered, foldersOf, type Row, rowsOf } from './model.ts'
import { FileRows } from './move.tsx'
import { CopyQuery, NewQuery, NewVisualQuery } from './new-query.tsx'
import classes from './queries.module.css'

/** Every query and every draft. */
export function Queries() {
  const [search, setSearch] = useSearchState()
  const mayWrite = useMay('query:write')
  const queries = useGet('GET /queries')
  const drafts = useGet('GET /query-drafts')
  const New = search.new === 'visual' ? NewVisualQuery : NewQuery
  return (
    <>
      <PageHead
        title="Queries"
        about="A query is one SELECT, or rules over one table. An orchestration sends its rows."
        actions={
          mayWrite && (
            <>
              <Button leftSection={<Plus size={14} aria-hidden />} onClick={() => setSearch({ new: 'sql' })}>
                Create SQL query
              </Button>
              <Button
                variant="default"
                leftSection={<Plus size={14} aria-hidden />}
                onClick={() => setSearch({ new: 'visual' })}
              >
                Create visual query
              </Button>
            </>
          )
        }
      />
      <WithAnswer of={queries} loading="Reading the queries">
        {({ items }) => (
          <WithAnswer of={drafts} loading="Reading the drafts">
            {(found) => <QueryList rows={rowsOf(items, found.items)} mayWrite={mayWrite} />}
          </WithAnswer>
        )}
      </WithAnswer>
      {search.new !== undefined && mayWrite && <New isOpen onClose={() => setSearch({ new: undefined })} />}
    </>
  )
}

interface Asked {
  what: 'copy' | 'folder' | 'labels'
  rows: readonly Row[]
}

function QueryList({ rows, mayWrite }: { rows: Row[]; mayWrite: boolean }) {
  const [search] = useSearchState()
  const actions = useQueryActions()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [asked, setAsked] = useState<Asked | null>(null)
  const shown = filtered(rows, search)
  const picked = shown.filter(({ key, query }) => chosen.has(key) && query?.source !== 'git')
  const columns = columnsOf(actions, mayWrite, (row, what) => setAsked({ what, rows: [row] }))
  const [first] = asked?.rows ?? []
  if (rows.length === 0)
    return (
      <EmptyState
        why={mayWrite ? 'There is no query yet. Create one with a button above.' : 'There is no query yet.'}
      />
    )
  return (
    <div className={classes.withFolders}>
      <Folders rows={rows} />
      <div style={{ minWidth: 0 }}>
        <FilterBar rows={rows} />
        {mayWrite && picked.length > 0 && (
          <Group gap="xs" mb="xs" role="toolbar" aria-label="Chosen queries">
            <Text size="sm">{counted(picked.length, 'query', 'queries')} chosen</Text>
            <Button variant="default" onClick={() => setAsked({ what: 'folder', rows: picked })}>
              Move to folder
            </Button>
            <Button variant="default" c="var(--deskside-bad)" onClick={() => void actions.remove(picked)}>
              Delete
            </Button>
          </Group>
        )}
        <DataTable
          label="Queries"
          rows={shown}
          columns={columns}
          rowKey={({ key }) => key}
          rowTo={({ key, query }) => ({
            to: query === null ? '/query-drafts/$key' : '/queries/$key',
            params: { key },
          })}
          empty={<EmptyState why="No query matches what you look for." />}
          {...(mayWrite && { chosen: { keys: chosen, onChange: setChosen } })}
        />
      </div>
      {asked !== null && asked.what !== 'copy' && (
        <FileRows
          {...{ rows: asked.rows, all: rows, what: asked.what, actions }}
          onClose={() => {
            setAsked(null)
            setChosen(new Set())
          }}
        />
      )}
      {asked?.what === 'copy' && first !== undefined && <CopyQuery of={first} onClose={() => setAsked(null)} />}
    </div>
  )
}

/** Search, status and label; all of it stands in the address. */
function FilterBar({ rows }: { rows: readonly Row[] }) {
  const words = [...new Set(rows.map(({ word }) => word))].sort()
  const folders = foldersOf(rows)
  const labels = [...new Set(rows.flatMap(({ labels }) => labels))].sort()
  return (
    <Group gap="xs" mb="sm">
      <SearchInput label="Search queries" />
      {folders.length > 0 && (
        <div className={classes.choice}>
          <FilterSelect name="folder" label="Folder" any="All folders" data={folders} searchable />
        </div>
      )}
      <FilterSelect name="state" label="Status" any="Any status" data={words} />
      {labels.length > 0 && <FilterSelect name="label" label="Label" any="Any label" data={labels} w={150} />}
    </Group>
  )
}
