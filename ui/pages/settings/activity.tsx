import { Button, Select, Text, TextInput } from '@mantine/core'
import { Download } from 'lucide-react'
import { pathOf } from '../../api/call.ts'
import { useMay } from '../../api/me.ts'
import type { ActivityEntry } from '../../api/operations.ts'
import { useGet, usePages } from '../../api/use.ts'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { DetailsPanel, WithPanel } from '../../parts/details-panel.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { StateBadge } from '../../parts/state-badge.tsx'
import { Moment } from '../../parts/values.tsx'
import { ActivityDetails } from './activity/activity-details.tsx'
import { activityQuery } from './activity/filters.ts'
import { FilterBar } from './parts/filter-bar.tsx'
import { SettingsPage } from './parts/settings-page.tsx'

/** Who did what, newest first. */
export function Activity() {
  const [search] = useSearchState()
  const mayDownload = useMay('data:download')
  return (
    <SettingsPage
      title="Activity log"
      about="Everything that somebody did leaves one line. Nobody can change one, and those of the last 30 days cannot be deleted."
      actions={
        mayDownload && (
          <Button
            component="a"
            href={pathOf('GET /activity/export', { query: activityQuery(search) })}
            download
            variant="default"
            leftSection={<Download size={14} aria-hidden />}
          >
            Download as CSV
          </Button>
        )
      }
    >
      <Filters />
      <Lines />
    </SettingsPage>
  )
}

const filterNames = ['q', 'who', 'action', 'object', 'allowed', 'domain', 'from', 'to'] as const

function Filters() {
  const [search, setSearch] = useSearchState()
  const mayReadUsers = useMay('user:read')
  const { data: users } = useGet('GET /users', {}, { enabled: mayReadUsers })
  const { data: actions } = useGet('GET /actions')
  const people = (users?.items ?? []).map(({ id, email }) => ({ value: `user/${id}`, label: email }))
  const others = [
    { value: 'cli', label: 'Commands on the machine' },
    { value: 'system', label: 'Deskside itself' },
    { value: 'nobody', label: 'Nobody who is known' },
  ]
  const who = [...people, ...others]
  const known = search.who === undefined || who.some(({ value }) => value === search.who)
  const set = (name: string) => (value: string | null) => setSearch({ [name]: value ?? undefined, open: undefined })
  const count = filterNames.filter((name) => search[name] !== undefined).length
  return (
    <FilterBar>
      <SearchInput label="Name, action or object" />
      <Select
        label="Who"
        placeholder="Everybody"
        data={known ? who : [...who, { value: String(search.who), label: String(search.who) }]}
        value={search.who ?? null}
        onChange={set('who')}
        searchable
        clearable
        w={190}
      />
      <Select
        label="What"
        placeholder="Everything"
        data={['session:begin', 'password:change', ...(actions?.items ?? []).map(({ action }) => action)]}
        value={search.action ?? null}
        onChange={set('action')}
        searchable
        clearable
        w={180}
      />
      <Select
        label="Outcome"
        placeholder="All"
        data={[
          { value: 'true', label: 'Allowed' },
          { value: 'false', label: 'Denied' },
        ]}
        value={search.allowed ?? null}
        onChange={set('allowed')}
        clearable
        w={120}
      />
      <TextInput
        label="From"
        type="date"
        value={search.from ?? ''}
        onChange={(event) => set('from')(event.currentTarget.value || null)}
      />
      <TextInput
        label="Until"
        type="date"
        value={search.to ?? ''}
        onChange={(event) => set('to')(event.currentTarget.value || null)}
      />
      {count > 0 && (
        <Button
          variant="subtle"
          size="sm"
          onClick={() => setSearch(Object.fromEntries(filterNames.map((name) => [name, undefined])))}
        >
          Clear filters ({count})
        </Button>
      )}
    </FilterBar>
  )
}

function Lines() {
  const [search, setSearch] = useSearchState()
  const lines = usePages(
    'GET /activity',
    { query: { ...activityQuery(search), limit: 100 } as never },
    { keepsPrevious: true },
  )
  const of = lines.items.find(({ id }) => id === search.open)
  if (lines.data === undefined && lines.error !== null)
    return <ProblemCard problem={lines.error.problem} onRetry={() => void lines.refetch()} />
  if (lines.data === undefined) return <Loading what="Reading the activity log" rows={12} />
  const more = lines.hasNextPage && !lines.isFetchingNextPage ? () => void lines.fetchNextPage() : undefined
  return (
    <>
      {lines.error !== null && <ProblemCard problem={lines.error.problem} onRetry={() => void lines.fetchNextPage()} />}
      <WithPanel
        list={
          <>
            <DataTable
              label="Activity log"
              rows={lines.items}
              columns={columns}
              rowKey={({ id }) => id}
              rowTo={({ id }) => ({ to: '.', search: { ...search, open: id } })}
              openKey={search.open}
              onEnd={more}
              empty={<EmptyState why="Nothing that was done matches these filters." />}
            />
            {lines.isFetchingNextPage && (
              <Text size="sm" c="dimmed" mt="xs" role="status">
                Reading earlier lines…
              </Text>
            )}
          </>
        }
        panel={
          of === undefined ? null : (
            <DetailsPanel key={of.id} title={of.action} onClose={() => setSearch({ open: undefined })}>
              <ActivityDetails of={of} />
            </DetailsPanel>
          )
        }
      />
    </>
  )
}

const columns: TableColumn<ActivityEntry>[] = [
  { key: 'at', head: 'When', width: '140px', cell: ({ at }) => <Moment at={at} /> },
  { key: 'who', head: 'Who', cell: ({ actor_name: name, actor }) => name || actor },
  { key: 'action', head: 'What', rank: 2, cell: ({ action }) => action },
  { key: 'object', head: 'Object', rank: 3, cell: ({ object }) => object },
  {
    key: 'allowed',
    head: 'Outcome',
    cell: ({ allowed }) =>
      allowed ? <StateBadge state="passed" word="Allowed" /> : <StateBadge state="error" word="Denied" />,
  },
]
