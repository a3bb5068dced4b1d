import { Group, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { useMay } from '../../api/me.ts'
import { usePages } from '../../api/use.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { Difference, FieldValue } from '../../parts/difference.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { PersonName } from '../../parts/person-name.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import classes from './plan.module.css'

interface PagesState {
  data: unknown
  error: { problem: Parameters<typeof ProblemCard>[0]['problem'] } | null
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => unknown
}

const onEndOf = (pages: PagesState) =>
  pages.hasNextPage && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : undefined

function Section({
  title,
  pages,
  beside,
  children,
}: {
  title: string
  pages: PagesState
  beside?: ReactNode
  children: ReactNode
}) {
  return (
    <div>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{title}</Title>
        {beside}
      </Group>
      {pages.error !== null && <ProblemCard problem={pages.error.problem} />}
      {pages.data === undefined
        ? pages.error === null && <Loading what={`Reading ${title.toLowerCase()}`} />
        : children}
    </div>
  )
}

const kinds: Record<string, string> = {
  create: 'Create',
  update: 'Update',
  adopt: 'Adopt',
  rekey: 'Give another id',
  exit: 'Left the result',
  restore: 'Restore',
}

/** Every change exactly as it will be sent, field by field: one line for each field. */
export function Changes({ id }: { id: string }) {
  const [{ q }] = useSearchState()
  const maySearch = useMay('pii:read')
  const query = { limit: 100, ...(maySearch && q !== undefined && { q }) }
  const pages = usePages('GET /plans/{id}/changes', { params: { id }, query }, { keepsPrevious: true })
  const rows = pages.items.flatMap((change) =>
    (change.fields.length === 0 ? [null] : change.fields).map((field, index) => ({ change, field, index })),
  )
  return (
    <Section title="Changes" pages={pages} beside={maySearch && <SearchInput label="Search a person" />}>
      <DataTable
        label="Changes"
        rows={rows}
        rowKey={({ change, index }) => `${change.change}-${index}`}
        onEnd={onEndOf(pages)}
        empty={
          <EmptyState why={q === undefined ? 'Nothing would change.' : 'Nobody of this plan matches the search.'} />
        }
        columns={[
          {
            key: 'person',
            head: 'Person',
            cell: ({ change, index }) =>
              index === 0 ? <PersonName name={change.name} email={change.email} externalId={change.external_id} /> : '',
          },
          {
            key: 'kind',
            head: 'Change',
            rank: 2,
            cell: ({ change, index }) => (index === 0 ? (kinds[change.kind] ?? change.kind) : ''),
          },
          { key: 'field', head: 'Field', rank: 2, cell: ({ field }) => field?.field ?? '' },
          {
            key: 'value',
            head: 'Value',
            cell: ({ change, field }) =>
              field === null ? (
                ''
              ) : change.kind === 'create' ? (
                <FieldValue value={field.new} />
              ) : (
                <Difference before={field.old} after={field.new} />
              ),
          },
        ]}
      />
    </Section>
  )
}

/** A sentence that is read to its end. */
function Whole({ of }: { of: string }) {
  return (
    <span className={classes.whole}>
      <FieldValue value={of} />
    </span>
  )
}

/** Who cannot be sent as things stand in the account. */
export function Conflicts({ id }: { id: string }) {
  const pages = usePages('GET /plans/{id}/conflicts', { params: { id }, query: { limit: 100 } })
  return (
    <Section title="Conflicts" pages={pages}>
      <DataTable
        label="Conflicts"
        rows={pages.items}
        rowKey={({ row, code }) => `${row}-${code}`}
        onEnd={onEndOf(pages)}
        columns={[
          {
            key: 'person',
            head: 'Person',
            cell: (one) => <PersonName name={one.name} email={one.email} externalId={one.external_id} />,
          },
          { key: 'why', head: 'Why', rank: 2, cell: ({ reason }) => <Whole of={reason} /> },
          { key: 'what', head: 'What solves it', cell: ({ action }) => <Whole of={action} /> },
        ]}
      />
    </Section>
  )
}

/** What an undo leaves as it is, with the reason. */
export function Left({ id }: { id: string }) {
  const pages = usePages('GET /plans/{id}/left', { params: { id }, query: { limit: 100 } })
  const rows = pages.items.map((line, index) => ({ line, index }))
  return (
    <Section title="Left as it is" pages={pages}>
      <DataTable
        label="Left as it is"
        rows={rows}
        rowKey={({ index }) => String(index)}
        onEnd={onEndOf(pages)}
        empty={<EmptyState why="Nothing is left: everything that the run wrote goes back." />}
        columns={[
          {
            key: 'person',
            head: 'Person',
            cell: ({ line }) => <PersonName name={null} email={line.email} externalId={line.external_id} />,
          },
          { key: 'field', head: 'Field', rank: 2, cell: ({ line }) => line.field ?? 'the person' },
          { key: 'found', head: 'Holds now', rank: 3, cell: ({ line }) => <FieldValue value={line.found} /> },
          { key: 'why', head: 'Why', cell: ({ line }) => <Whole of={line.reason} /> },
        ]}
      />
    </Section>
  )
}
