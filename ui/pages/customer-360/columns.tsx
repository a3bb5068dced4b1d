import { Button, Group, SegmentedControl, Text } from '@mantine/core'
import { LockKeyhole } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../api/me.ts'
import type { LookedColumn, TableLook } from '../../api/operations.ts'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { WithPanel } from '../../parts/details-panel.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { counted } from '../../parts/values.tsx'
import { ColumnPanel } from './column-panel.tsx'
import { ShareBar, UsualValues } from './share-bar.tsx'
import { useTagging } from './tagging.ts'
import { deciderWord, distinctText, shareText, uniquenessText } from './words.ts'

/** The columns of a table, with the details of one of them at the right. */
export function TableColumns({ table, look }: { table: string; look: TableLook }) {
  const [search, setSearch] = useSearchState()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const mayTag = useMay('column:tag')
  const open = look.items.find(({ column }) => column === search.column)
  const wanted = (search.q ?? '').toLowerCase()
  const rows = look.items.filter(
    ({ column, semantic, pii }) =>
      `${column} ${semantic ?? ''}`.toLowerCase().includes(wanted) &&
      (search.pii === undefined || (search.pii === 'personal') === pii),
  )
  const close = () => setSearch({ column: undefined })
  return (
    <div>
      <Group gap="xs" mb="sm">
        <SearchInput label="Search columns" />
        <SegmentedControl
          size="xs"
          aria-label="Which columns"
          value={search.pii ?? 'all'}
          onChange={(value) => setSearch({ pii: value === 'all' ? undefined : value })}
          data={[
            { value: 'all', label: `All ${look.items.length}` },
            { value: 'personal', label: `Personal ${look.items.filter(({ pii }) => pii).length}` },
            { value: 'free', label: `Free ${look.items.filter(({ pii }) => !pii).length}` },
          ]}
        />
        {chosen.size > 0 && (
          <TagMany
            table={table}
            columns={look.items.filter(({ column }) => chosen.has(column))}
            onDone={() => setChosen(new Set())}
          />
        )}
      </Group>
      <WithPanel
        list={
          <DataTable
            label="Columns"
            rows={rows}
            columns={open === undefined ? heads : heads.filter(({ key }) => !leftOut.includes(key))}
            rowKey={({ column }) => column}
            rowTo={({ column }) => ({ to: '.', search: { ...search, column } })}
            openKey={open?.column}
            empty={<EmptyState why="No column is like this." />}
            {...(mayTag && { chosen: { keys: chosen, onChange: setChosen } })}
          />
        }
        panel={
          open === undefined ? null : <ColumnPanel key={open.column} table={table} column={open} onClose={close} />
        }
      />
    </div>
  )
}

/** What the panel shows of the open column, and others have less need of meanwhile. */
const leftOut = ['uniqueness', 'examples']

const heads: TableColumn<LookedColumn>[] = [
  {
    key: 'column',
    head: 'Column',
    cell: ({ column }) => <span style={{ fontFamily: 'var(--mantine-font-family-monospace)' }}>{column}</span>,
    sortBy: ({ column }) => column,
  },
  { key: 'type', head: 'Type', cell: ({ type }) => type, sortBy: ({ type }) => type, rank: 2 },
  {
    key: 'semantic',
    head: 'Holds',
    cell: ({ semantic }) => semantic ?? '—',
    sortBy: ({ semantic }) => semantic,
    rank: 2,
  },
  {
    key: 'pii',
    head: 'Personal',
    width: '150px',
    cell: (column) => <Personal column={column} />,
    sortBy: ({ pii }) => (pii ? 0 : 1),
  },
  {
    key: 'completeness',
    head: 'Filled',
    width: '140px',
    cell: ({ completeness }) => (
      <ShareBar share={completeness} text={completeness === null ? '' : shareText(completeness)} />
    ),
    sortBy: ({ completeness }) => completeness,
    rank: 2,
  },
  {
    key: 'distinct',
    head: 'Different',
    align: 'right',
    cell: distinctText,
    sortBy: ({ distinct }) => distinct,
    rank: 2,
  },
  {
    key: 'uniqueness',
    head: 'Unique',
    align: 'right',
    cell: uniquenessText,
    sortBy: ({ uniqueness }) => uniqueness,
    rank: 3,
  },
  { key: 'examples', head: 'Most usual values', cell: ({ examples }) => <UsualValues of={examples} />, rank: 3 },
]

function Personal({ column: { pii, by } }: { column: LookedColumn }) {
  return (
    <span style={{ display: 'inline-flex', alignItems: 'center', gap: 6 }}>
      {pii && <LockKeyhole size={14} aria-hidden />}
      {pii ? 'Personal' : 'Free'}
      <Text span size="xs" c="dimmed">
        {deciderWord(by)}
      </Text>
    </span>
  )
}

interface TagManyProps {
  table: string
  columns: LookedColumn[]
  onDone: () => void
}

/** Says of several columns at once what they are; deskside.yml has the last word of those that it names. */
function TagMany({ table, columns, onDone }: TagManyProps) {
  const { tag, mayFree, isPending } = useTagging(table)
  const ours = columns.filter(({ declared }) => declared === null)
  const declared = columns.length - ours.length
  const say = async (pii: boolean | null) => {
    if (await tag(ours, pii)) onDone()
  }
  return (
    <Group gap="xs" role="group" aria-label="Chosen columns">
      <Text size="sm">
        {counted(columns.length, 'column')} chosen
        {declared > 0 && `, ${declared} of them declared in deskside.yml`}:
      </Text>
      <Button variant="default" disabled={ours.length === 0} loading={isPending} onClick={() => void say(true)}>
        Call personal
      </Button>
      {mayFree && (
        <>
          <Button variant="default" disabled={ours.length === 0} loading={isPending} onClick={() => void say(false)}>
            Call free
          </Button>
          <Button variant="default" disabled={ours.length === 0} loading={isPending} onClick={() => void say(null)}>
            Leave to the guess
          </Button>
        </>
      )}
    </Group>
  )
}
