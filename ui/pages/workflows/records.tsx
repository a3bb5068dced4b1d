import { Anchor, Button, Chip, Group, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Link } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { useEffect } from 'react'
import type { Input } from '../../api/call.ts'
import { useMay } from '../../api/me.ts'
import type { Record as Row, Workflow } from '../../api/operations.ts'
import { readAhead, usePlaces } from '../../api/places.ts'
import { usePages } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable, type PartlyRead, type TableColumn } from '../../parts/data-table.tsx'
import { DetailsPanel, WithPanel } from '../../parts/details-panel.tsx'
import { FieldValue } from '../../parts/difference.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Facts } from '../../parts/facts.tsx'
import { HIDDEN } from '../../parts/hidden.ts'
import { outcomes } from '../../parts/outcome-bar.tsx'
import { PersonName } from '../../parts/person-name.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { useSaveFile } from '../../parts/save-file.ts'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { StateBadge, states } from '../../parts/state-badge.tsx'
import { Figure } from '../../parts/values.tsx'
import { isOver } from './words.ts'

// Each as wide for every row: a list that is scrolled must not shift.
const columns: TableColumn<Row>[] = [
  {
    key: 'who',
    head: 'Person',
    cell: ({ name, email, external_id }) => <PersonName name={name} email={email} externalId={external_id} />,
  },
  { key: 'outcome', head: 'Outcome', width: '128px', cell: ({ outcome }) => <StateBadge state={outcome} /> },
  { key: 'field', head: 'Field', rank: 3, width: '12%', cell: ({ field }) => field ?? '' },
  { key: 'reason', head: 'Reason', rank: 2, width: '32%', cell: ({ reason }) => reason ?? '' },
  { key: 'row', head: 'Row', rank: 3, align: 'right', width: '104px', cell: ({ row }) => <Figure value={row} /> },
]

/** What has become of each row; `view` is an outcome, or rows with warnings or alerts, and `q` part of whom they are about. */
export function Records({ workflow }: { workflow: Workflow }) {
  const [{ q = '' }] = useSearchState()
  const [asked] = useDebouncedValue(q.trim(), 250)
  const mayDownload = useMay('data:download')
  const filter = useFilter()
  const query = { ...filter, ...(asked !== '' && { q: asked }) }
  const outcome = filter.outcome ?? 'total'
  const counted = filter.warnings || filter.alerts || asked !== '' ? null : workflow.rows?.[outcome]
  return (
    <>
      <Views />
      <Group justify="space-between" mb="md">
        <SearchRecords />
        {mayDownload && <DownloadRecords id={workflow.id} query={query} />}
      </Group>
      {/* What became of rows is known, and how many they are, once the run is over. */}
      {isOver(workflow) && typeof counted === 'number' && counted > 0 ? (
        <EveryRecord key={outcome} workflow={workflow} query={query} total={counted} />
      ) : (
        <FoundRecords workflow={workflow} query={query} />
      )}
    </>
  )
}

type Query = NonNullable<Input<'GET /workflows/{id}/records'>['query']>

function useFilter(): Query {
  const [{ view }] = useSearchState()
  const outcome = outcomes.find((one) => one === view)
  return {
    ...(outcome && { outcome }),
    ...(view === 'warnings' && { warnings: 'true' as const }),
    ...(view === 'alerts' && { alerts: 'true' as const }),
  }
}

const positionOf = (at = '0') => (/^\d{1,9}$/.test(at) ? Number(at) : 0)

/** Begins to read the records that the address asks for while the workflow itself is read. */
export function useRecordsAhead(id: string): void {
  const [{ tab, q, at }] = useSearchState()
  const mayRead = useMay('person:read')
  const query = useFilter()
  const isMeant = mayRead && tab === 'records' && q === undefined && !query.warnings && !query.alerts
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens
  useEffect(() => {
    if (isMeant) readAhead('GET /workflows/{id}/records', { params: { id }, query }, positionOf(at))
  }, [])
}

interface ListProps {
  workflow: Workflow
  query: Query
}

// A row of warnings or alerts may come several times, once for each field.
const keyOf = ({ row, field }: Row) => `${row}-${field ?? ''}`

/** All of them, a million perhaps: read where somebody looks. */
function EveryRecord({ workflow, query, total }: ListProps & { total: number }) {
  const [{ at, row }] = useSearchState()
  const position = Math.min(positionOf(at), total - 1)
  const places = usePlaces('GET /workflows/{id}/records', { params: { id: workflow.id }, query }, position)
  const chosen = row === undefined ? undefined : places.at(position)
  return (
    <>
      {places.error !== null && <ProblemCard problem={places.error.problem} onRetry={places.refetch} />}
      <RecordTable
        workflow={workflow}
        rows={{ length: total, at: places.at, onSeen: places.onSeen, startsAt: position }}
        open={chosen !== undefined && keyOf(chosen) === row ? chosen : undefined}
      />
    </>
  )
}

/** Those of which nobody knows how many they are, read from the first on. */
function FoundRecords({ workflow, query }: ListProps) {
  const [{ row }] = useSearchState()
  const input = { params: { id: workflow.id }, query: { ...query, limit: 200 } }
  const answer = usePages('GET /workflows/{id}/records', input, { keepsPrevious: true })
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = answer
  return (
    <WithAnswer of={answer} loading="Reading the records" rows={12}>
      {() => (
        <RecordTable
          workflow={workflow}
          rows={items}
          open={row === undefined ? undefined : items.find((one) => keyOf(one) === row)}
          onEnd={hasNextPage ? () => void (isFetchingNextPage || fetchNextPage()) : undefined}
        />
      )}
    </WithAnswer>
  )
}

interface RecordTableProps {
  workflow: Workflow
  rows: readonly Row[] | PartlyRead<Row>
  open: Row | undefined
  onEnd?: (() => void) | undefined
}

function RecordTable({ workflow: { id, row_groups: groups }, rows, open, onEnd }: RecordTableProps) {
  const [search, setSearch] = useSearchState()
  const isNarrowed = search.view !== undefined || search.q !== undefined
  return (
    <WithPanel
      list={
        <DataTable
          label="Records"
          rows={rows}
          columns={columns}
          rowKey={keyOf}
          rowTo={(row, index) => ({
            to: '/workflows/$id',
            params: { id },
            search: { ...search, tab: 'records', row: keyOf(row), at: String(index) },
          })}
          openKey={search.row}
          onEnd={onEnd}
          empty={
            <EmptyState why={isNarrowed ? 'No row of this run is like that. Choose All.' : 'This run has no rows.'} />
          }
        />
      }
      panel={
        open === undefined ? null : (
          <DetailsPanel title={`Row ${open.row}`} onClose={() => setSearch({ row: undefined, at: undefined })}>
            <RecordFacts of={open} fix={groups.find(({ code }) => code === open.code)?.fix ?? null} />
          </DetailsPanel>
        )
      }
    />
  )
}

function SearchRecords() {
  const seesNames = useMay('pii:read')
  return seesNames ? <SearchInput label="Search people of this run" /> : <span />
}

function Views() {
  const [search, setSearch] = useSearchState()
  const names = ['all', ...outcomes, 'warnings', 'alerts'] as const
  const word = (name: (typeof names)[number]) =>
    name === 'all' ? 'All' : name === 'warnings' ? 'Warnings' : name === 'alerts' ? 'Alerts' : states[name].word
  return (
    <Chip.Group
      value={search.view ?? 'all'}
      onChange={(value) =>
        setSearch({ view: value === 'all' ? undefined : String(value), row: undefined, at: undefined })
      }
    >
      <Group gap={6} mb="xs" role="group" aria-label="Which records">
        {names.map((name) => (
          <Chip key={name} value={name} size="xs">
            {word(name)}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  )
}

/** The whole list, not only what was read of it. */
function DownloadRecords({ id, query }: { id: string; query: Query }) {
  const { isBusy, save } = useSaveFile()
  return (
    <Button
      variant="default"
      leftSection={<Download size={15} aria-hidden />}
      loading={isBusy}
      onClick={() => void save('GET /workflows/{id}/records', { params: { id }, query }, `records-${id}.csv`)}
    >
      Download CSV
    </Button>
  )
}

function RecordFacts({ of, fix }: { of: Row; fix: string | null }) {
  const key = [of.external_id, of.email].find((one) => one !== null && one !== HIDDEN)
  return (
    <>
      <Facts
        of={[
          ['Outcome', <StateBadge key="o" state={of.outcome} />],
          ['external_id', <FieldValue key="i" value={of.external_id} />],
          ['E-mail', <FieldValue key="e" value={of.email} />],
          ['Name', <FieldValue key="n" value={of.name} />],
          of.field === null ? null : ['Field', of.field],
          of.field === null ? null : ['Value', <FieldValue key="v" value={of.value} />],
          of.reason === null ? null : ['Reason', of.reason],
          of.code === null ? null : ['Code', of.code],
          fix === null ? null : ['What to do', fix],
        ]}
      />
      {typeof key === 'string' ? (
        <Anchor component={Link} to={`/people/${encodeURIComponent(key)}`} size="sm" mt="md" display="inline-block">
          Show this person
        </Anchor>
      ) : (
        <Text size="sm" c="dimmed" mt="md">
          The person is hidden by your policy.
        </Text>
      )}
    </>
  )
}
