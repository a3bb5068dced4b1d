import { Button, Group, Text } from '@mantine/core'
import { Upload } from 'lucide-react'
import { useMay } from '../../api/me.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FilterSelect } from '../../parts/filter-select.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { figure, Moment } from '../../parts/values.tsx'
import { CountAll } from './count-all.tsx'
import { choices, type FoundTable, type ListedTable, listedTable, matching } from './listed.ts'
import { UploadDialog } from './upload.tsx'

/** Every table that SQL may read. */
export function Tables() {
  const [search, setSearch] = useSearchState()
  const mayUpload = useMay('table:upload')
  const tables = useGet('GET /tables')
  const upload = (
    <Button leftSection={<Upload size={14} aria-hidden />} onClick={() => setSearch({ upload: 'new' })}>
      Upload a CSV
    </Button>
  )
  return (
    <>
      <PageHead
        title="Customer 360"
        about="The tables that queries, attributes tables and segments read."
        actions={mayUpload && upload}
      />
      <WithAnswer of={tables} loading="Reading the tables">
        {({ items }) => <TableList tables={items.map(listedTable)} upload={mayUpload ? upload : undefined} />}
      </WithAnswer>
      {mayUpload && search.upload === 'new' && (
        <UploadDialog
          databases={choices((tables.data?.items ?? []).map((one) => listedTable(one).database))}
          onClose={() => setSearch({ upload: undefined })}
        />
      )}
    </>
  )
}

function TableList({ tables, upload }: { tables: ListedTable[]; upload: React.ReactNode }) {
  const [search] = useSearchState()
  const databases = choices(tables.map(({ database }) => database))
  const hasSeveral = databases.length > 1
  const found = matching(tables, search)
  if (tables.length === 0)
    return (
      <EmptyState
        why="This project has no table. Tables are named in deskside.yml; a CSV can be uploaded here."
        action={upload}
      />
    )
  return (
    <>
      <Group gap="xs" mb="sm">
        <SearchInput label="Search tables and columns" />
        <FilterSelect
          name="origin"
          label="Source"
          any="Any source"
          data={choices(tables.map(({ origin }) => origin))}
        />
        {hasSeveral && <FilterSelect name="database" label="Database" any="Any database" data={databases} />}
        <CountAll tables={tables.filter(({ columns }) => columns === null)} />
      </Group>
      <DataTable
        label="Tables"
        rows={found}
        columns={columnsOf(hasSeveral)}
        rowKey={({ key }) => key}
        rowTo={({ key, hits }) => ({
          to: '/customer-360/$table',
          params: { table: key },
          // Whoever looked for a column sees it at once.
          search: hits.length > 0 ? { q: search.q } : {},
        })}
        empty={
          <EmptyState why="No table and no column has this in its name. Columns are known once a table was counted." />
        }
      />
    </>
  )
}

function columnsOf(hasDatabases: boolean): TableColumn<FoundTable>[] {
  const database: TableColumn<FoundTable> = {
    key: 'database',
    head: 'Database',
    cell: ({ database }) => database,
    sortBy: ({ database }) => database,
    rank: 2,
  }
  return [
    { key: 'title', head: 'Table', cell: (one) => <Named of={one} />, sortBy: ({ title }) => title },
    ...(hasDatabases ? [database] : []),
    {
      key: 'rows',
      head: 'Rows',
      align: 'right',
      width: '120px',
      cell: ({ rows }) => (rows === null ? <Uncounted /> : figure(rows)),
      sortBy: ({ rows }) => rows,
    },
    {
      key: 'columns',
      head: 'Columns',
      align: 'right',
      width: '100px',
      cell: ({ columns }) => (columns === null ? <Uncounted /> : figure(columns.length)),
      sortBy: ({ columns }) => columns?.length ?? null,
      rank: 2,
    },
    {
      key: 'origin',
      head: 'Source',
      cell: ({ origin, source }) => (
        <span title={source ?? undefined}>
          {origin}
          {source !== null && (
            <Text span c="dimmed" ml={8} inherit>
              {source}
            </Text>
          )}
        </span>
      ),
      sortBy: ({ origin }) => origin,
      rank: 2,
    },
    {
      key: 'loaded',
      head: 'Last loaded',
      width: '150px',
      cell: ({ lastLoadedAt }) => (lastLoadedAt === null ? <Unknown /> : <Moment at={lastLoadedAt} />),
      sortBy: ({ lastLoadedAt }) => lastLoadedAt,
      rank: 2,
    },
    {
      key: 'used',
      head: 'Used by',
      align: 'right',
      width: '110px',
      cell: ({ usedBy }) => (usedBy.length === 0 ? 'nothing' : figure(usedBy.length)),
      sortBy: ({ usedBy }) => usedBy.length,
      rank: 3,
    },
  ]
}

function Named({ of: { title, table, hits } }: { of: FoundTable }) {
  return (
    <>
      {title}
      {title !== table && (
        <Text span c="dimmed" ff="monospace" size="xs" ml={8} fw={400}>
          {table}
        </Text>
      )}
      {hits.length > 0 && (
        <Text span c="dimmed" size="xs" ml={8} fw={400}>
          {hits.length === 1 ? 'column' : 'columns'} {hits.slice(0, 4).join(', ')}
          {hits.length > 4 && ` and ${hits.length - 4} more`}
        </Text>
      )}
    </>
  )
}

const Uncounted = () => (
  <Text span c="dimmed" inherit>
    not counted
  </Text>
)

const Unknown = () => (
  <Text span c="dimmed" inherit>
    not known
  </Text>
)
