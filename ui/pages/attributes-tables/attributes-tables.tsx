import { Button, Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FilterSelect } from '../../parts/filter-select.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { counted, Moment } from '../../parts/values.tsx'

const mappedBy = ({ body }: Definition): number => Object.keys((body.mapping ?? {}) as object).length
const labelsOf = ({ body }: Definition): string[] => (Array.isArray(body.labels) ? (body.labels as string[]) : [])
export const databaseOf = ({ body }: Definition): string | null =>
  typeof body.database === 'string' ? body.database : null

/** Every attributes table. */
export function AttributesTables() {
  const tables = useGet('GET /attributes-tables')
  const mayWrite = useMay('query:write')
  const create = mayWrite && (
    <Button component={Link} to="/attributes-tables/new" leftSection={<Plus size={14} aria-hidden />}>
      New attributes table
    </Button>
  )
  return (
    <>
      <PageHead
        title="Attributes tables"
        about="What a destination is to know of each customer, told once. Segments then say who."
        actions={create}
      />
      <WithAnswer of={tables} loading="Reading the attributes tables">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              why="There is no attributes table. One is a SELECT with a row for each customer: an id, and the attributes that a destination is to have."
              action={create}
            />
          ) : (
            <AttributesList items={items} />
          )
        }
      </WithAnswer>
    </>
  )
}

function AttributesList({ items }: { items: Definition[] }) {
  const [search] = useSearchState()
  const wanted = (search.q ?? '').toLowerCase()
  const labels = [...new Set(items.flatMap(labelsOf))].sort()
  const databases = [...new Set(items.flatMap((one) => databaseOf(one) ?? []))].sort()
  const found = items.filter(
    (one) =>
      `${one.key} ${nameOf(one)} ${String(one.body.folder ?? '')}`.toLowerCase().includes(wanted) &&
      (search.label === undefined || labelsOf(one).includes(search.label)) &&
      (search.database === undefined || databaseOf(one) === search.database),
  )
  return (
    <>
      <Group gap="xs" mb="sm">
        <SearchInput label="Search attributes tables" />
        {labels.length > 0 && <FilterSelect name="label" label="Label" any="Any label" data={labels} />}
        {databases.length > 1 && <FilterSelect name="database" label="Database" any="Any database" data={databases} />}
      </Group>
      <DataTable
        label="Attributes tables"
        rows={found}
        columns={columns}
        rowKey={({ key }) => key}
        rowTo={({ key }) => ({ to: '/attributes-tables/$key', params: { key } })}
        empty={<EmptyState why="No attributes table is like this." />}
      />
    </>
  )
}

const columns: TableColumn<Definition>[] = [
  {
    key: 'name',
    head: 'Attributes table',
    cell: (one) => (
      <>
        {nameOf(one)}
        {nameOf(one) !== one.key && (
          <Text span c="dimmed" ff="monospace" size="xs" ml={8} fw={400}>
            {one.key}
          </Text>
        )}
      </>
    ),
    sortBy: nameOf,
  },
  {
    key: 'mapped',
    head: 'Mapped columns',
    align: 'right',
    width: '140px',
    cell: (one) => mappedBy(one),
    sortBy: mappedBy,
    rank: 2,
  },
  {
    key: 'segments',
    head: 'Segment editor',
    width: '140px',
    cell: ({ body }) => (body.segments === true ? 'Available' : 'Not offered'),
    sortBy: ({ body }) => String(body.segments === true),
  },
  {
    key: 'used',
    head: 'Used by',
    cell: ({ used_by: usedBy }) => (usedBy.length === 0 ? 'nothing' : usedByText(usedBy)),
    sortBy: ({ used_by: usedBy }) => usedBy.length,
    rank: 2,
  },
  {
    key: 'source',
    head: 'Defined in',
    width: '140px',
    cell: ({ source }) => (source === 'git' ? 'deskside.yml' : 'Deskside'),
    sortBy: ({ source }) => source,
    rank: 3,
  },
  {
    key: 'changed',
    head: 'Changed',
    width: '150px',
    cell: ({ updated_at: at }) => <Moment at={at} />,
    sortBy: ({ updated_at: at }) => at,
    rank: 3,
  },
]

/** `2 segments, 1 query` */
function usedByText(usedBy: readonly string[]): string {
  const words = [
    ['orchestration', 'orchestrations'],
    ['query', 'queries'],
    ['segment', 'segments'],
    ['table', 'tables'],
  ] as const
  const parts = words.flatMap(([one, several]) => {
    const count = usedBy.filter((name) => name.startsWith(`${one}/`)).length
    return count === 0 ? [] : [counted(count, one, several)]
  })
  return parts.join(', ') || counted(usedBy.length, 'object')
}
