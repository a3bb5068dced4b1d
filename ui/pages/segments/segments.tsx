import { Button, Group } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { saidProblem } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FilterSelect } from '../../parts/filter-select.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { figure, Moment } from '../../parts/values.tsx'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const labelsOf = ({ body }: Definition) => (Array.isArray(body.labels) ? body.labels.map(String) : [])
const sentBy = ({ used_by: used }: Definition) =>
  used.filter((one) => one.startsWith('orchestration/')).map((one) => one.slice('orchestration/'.length))

const columns: TableColumn<Definition>[] = [
  { key: 'name', head: 'Name', cell: nameOf, sortBy: nameOf },
  { key: 'kind', head: 'Kind', cell: ({ body }) => ('sql' in body ? 'SQL' : 'Visual'), rank: 2, width: '80px' },
  { key: 'attributes', head: 'Attributes table', cell: ({ body }) => text(body.attributes), rank: 3 },
  {
    key: 'folder',
    head: 'Folder',
    cell: ({ body }) => text(body.folder) || '—',
    rank: 3,
    sortBy: ({ body }) => text(body.folder),
  },
  { key: 'sent', head: 'Sent by', cell: (one) => sentBy(one).join(', ') || 'not sent', rank: 2 },
  {
    key: 'edited',
    head: 'Last edited',
    cell: ({ updated_at: at }) => <Moment at={at} />,
    sortBy: ({ updated_at: at }) => at,
    rank: 3,
    width: '150px',
  },
  { key: 'count', head: 'People', cell: (one) => <Count of={one} />, align: 'right', width: '110px' },
]

/** Counting costs a query, so that it is done for whoever asks. */
function Count({ of }: { of: Definition }) {
  const { mutate, data, isPending } = useCall('POST /segments/count')
  if (data !== undefined) return <span title={`of ${figure(data.total)}`}>{figure(data.count)}</span>
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      disabled={isPending}
      aria-label={`Count ${nameOf(of)}`}
      style={{ position: 'relative', zIndex: 1 }}
      onClick={() => mutate({ body: { key: of.key } }, { onError: saidProblem })}
    >
      {isPending ? 'Counting…' : 'Count'}
    </Button>
  )
}

export function Segments() {
  const [search] = useSearchState()
  const mayWrite = useMay('segment:write')
  const all = useGet('GET /segments')
  const label = search.label === undefined ? undefined : [search.label]
  const query = {
    ...(search.q && { q: search.q }),
    ...(search.folder && { folder: search.folder }),
    ...(label && { label }),
  }
  const found = useGet('GET /segments', { query }, { keepsPrevious: true })
  const items = all.data?.items ?? []
  const folders = [...new Set(items.map(({ body }) => text(body.folder)).filter((one) => one !== ''))].sort()
  const labels = [...new Set(items.flatMap(labelsOf))].sort()
  return (
    <>
      <PageHead
        title="Segments"
        about="Some of the people of an attributes table, described by conditions or by SQL."
        actions={mayWrite && <Create />}
      />
      <Group gap="xs" mb="sm">
        <SearchInput label="Search segments" />
        {folders.length > 0 && <FilterSelect name="folder" label="Folder" any="All folders" data={folders} />}
        {labels.length > 0 && <FilterSelect name="label" label="Label" any="All labels" data={labels} />}
      </Group>
      <WithAnswer of={found} loading="Reading the segments">
        {(data) => (
          <DataTable
            label="Segments"
            rows={data.items}
            columns={columns}
            rowKey={({ key }) => key}
            rowTo={({ key }) => ({ to: '/segments/$key', params: { key } })}
            empty={<Nothing isFiltered={Object.keys(query).length > 0} mayWrite={mayWrite} />}
          />
        )}
      </WithAnswer>
    </>
  )
}

function Nothing({ isFiltered, mayWrite }: { isFiltered: boolean; mayWrite: boolean }) {
  if (isFiltered) return <EmptyState why="No segment matches this search." />
  const why =
    'There are no segments yet. A segment is some of the people of an attributes table, such as customers in Boston who have not bought for a year.'
  return (
    <EmptyState
      why={why}
      {...(mayWrite && {
        action: (
          <Button component={Link} to="/segments/new">
            Create segment
          </Button>
        ),
      })}
    />
  )
}

function Create() {
  const mayRun = useMay('query:run')
  return (
    <>
      <Button component={Link} to="/segments/new">
        Create segment
      </Button>
      {mayRun && (
        <Button variant="default" component={Link} to="/segments/new?kind=sql">
          Create by SQL
        </Button>
      )}
    </>
  )
}
