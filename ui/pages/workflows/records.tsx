import { Anchor, Button, Chip, Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { useMemo } from 'react'
import type { Input } from '../../api/call.ts'
import { useMay } from '../../api/me.ts'
import type { Record as Row, Workflow } from '../../api/operations.ts'
import { usePages } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { DetailsPanel, WithPanel } from '../../parts/details-panel.tsx'
import { FieldValue } from '../../parts/difference.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Facts } from '../../parts/facts.tsx'
import { HIDDEN } from '../../parts/hidden.ts'
import { outcomes } from '../../parts/outcome-bar.tsx'
import { PersonName } from '../../parts/person-name.tsx'
import { useSaveFile } from '../../parts/save-file.ts'
import { useSearchState } from '../../parts/search-state.ts'
import { StateBadge, states } from '../../parts/state-badge.tsx'
import { Figure } from '../../parts/values.tsx'

const columns: TableColumn<Row>[] = [
  {
    key: 'who',
    head: 'Person',
    cell: ({ name, email, external_id }) => <PersonName name={name} email={email} externalId={external_id} />,
  },
  { key: 'outcome', head: 'Outcome', cell: ({ outcome }) => <StateBadge state={outcome} /> },
  { key: 'field', head: 'Field', rank: 3, cell: ({ field }) => field ?? '' },
  { key: 'reason', head: 'Reason', rank: 2, cell: ({ reason }) => reason ?? '' },
  { key: 'row', head: 'Row', rank: 3, align: 'right', cell: ({ row }) => <Figure value={row} /> },
]

/** What has become of each row; `view` is an outcome, or rows with warnings or alerts. */
export function Records({ workflow: { id, rows: counts, row_groups: groups } }: { workflow: Workflow }) {
  const [search, setSearch] = useSearchState()
  const { view } = search
  const outcome = outcomes.find((one) => one === view)
  const query = {
    limit: 200,
    ...(outcome && { outcome }),
    ...(view === 'warnings' && { warnings: 'true' as const }),
    ...(view === 'alerts' && { alerts: 'true' as const }),
  }
  const answer = usePages('GET /workflows/{id}/records', { params: { id }, query }, { keepsPrevious: true })
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = answer
  // A row of warnings or alerts may come several times, once for each field.
  const keyed = useMemo(() => items.map((row) => ({ ...row, key: `${row.row}-${row.field ?? ''}` })), [items])
  const open = keyed.find(({ key }) => key === search.row)
  const total = outcome === undefined ? counts?.total : counts?.[outcome]
  const onEnd = hasNextPage ? () => void (isFetchingNextPage || fetchNextPage()) : undefined
  return (
    <>
      <Views id={id} query={query} />
      <WithAnswer of={answer} loading="Reading the records" rows={12}>
        {() => (
          <WithPanel
            list={
              <DataTable
                label="Records"
                rows={keyed}
                columns={columns}
                rowKey={({ key }) => key}
                rowTo={({ key }) => ({
                  to: '/workflows/$id',
                  params: { id },
                  search: { ...search, tab: 'records', row: key },
                })}
                openKey={search.row}
                onEnd={onEnd}
                {...(view !== 'warnings' && view !== 'alerts' && typeof total === 'number' && { total })}
                empty={
                  <EmptyState
                    why={view === undefined ? 'This run has no rows.' : 'No row of this run is like that. Choose All.'}
                  />
                }
              />
            }
            panel={
              open === undefined ? null : (
                <DetailsPanel title={`Row ${open.row}`} onClose={() => setSearch({ row: undefined })}>
                  <RecordFacts of={open} fix={groups.find(({ code }) => code === open.code)?.fix ?? null} />
                </DetailsPanel>
              )
            }
          />
        )}
      </WithAnswer>
    </>
  )
}

type Query = NonNullable<Input<'GET /workflows/{id}/records'>['query']>

function Views({ id, query }: { id: string; query: Query }) {
  const [search, setSearch] = useSearchState()
  const mayDownload = useMay('data:download')
  const { isBusy, save } = useSaveFile()
  const names = ['all', ...outcomes, 'warnings', 'alerts'] as const
  const word = (name: (typeof names)[number]) =>
    name === 'all' ? 'All' : name === 'warnings' ? 'Warnings' : name === 'alerts' ? 'Alerts' : states[name].word
  // The whole list, not only what was read of it.
  const { limit: _, cursor: __, ...whole } = query
  return (
    <Group justify="space-between" mb="md">
      <Chip.Group
        value={search.view ?? 'all'}
        onChange={(value) => setSearch({ view: value === 'all' ? undefined : String(value), row: undefined })}
      >
        <Group gap={6} role="group" aria-label="Which records">
          {names.map((name) => (
            <Chip key={name} value={name} size="xs">
              {word(name)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      {mayDownload && (
        <Button
          variant="default"
          leftSection={<Download size={15} aria-hidden />}
          loading={isBusy}
          onClick={() =>
            void save('GET /workflows/{id}/records', { params: { id }, query: whole }, `records-${id}.csv`)
          }
        >
          Download CSV
        </Button>
      )}
    </Group>
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
