import { Button, Text } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useMay } from '../../api/me.ts'
import type { FoundPerson } from '../../api/operations.ts'
import { usePages } from '../../api/use.ts'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { PersonName } from '../../parts/person-name.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { Moment } from '../../parts/values.tsx'
import { foundText, keyOf } from './search-words.ts'

const columns: TableColumn<FoundPerson>[] = [
  {
    key: 'person',
    head: 'Person',
    cell: ({ name, emails, external_id: id }) => (
      <PersonName name={name} email={emails.at(-1) ?? null} externalId={id} />
    ),
  },
  { key: 'destination', head: 'Destination', rank: 2, width: '20%', cell: ({ destination }) => destination },
  { key: 'by', head: 'Delivered by', rank: 3, width: '20%', cell: ({ orchestration }) => orchestration },
  {
    key: 'at',
    head: 'Last delivered',
    rank: 2,
    width: '150px',
    cell: ({ delivered_at: at }) => <Moment at={at} />,
  },
]

interface ResultsProps {
  /** What stands in the field, and what of it was asked for last. */
  text: string
  asked: string
  /** Enter was pressed: the only one is opened, the first of several gets the focus, and nobody is looked for exactly. */
  isEntered: boolean
  onDone: () => void
}

export function Results({ text, asked, isEntered, onDone }: ResultsProps) {
  const pages = usePages('GET /people', { query: { search: asked } }, { enabled: asked !== '', keepsPrevious: true })
  const { items, hasNextPage, isFetchingNextPage } = pages
  const isThere = text === asked && pages.isSuccess && !pages.isPlaceholderData
  const place = useRef<HTMLDivElement>(null)
  const navigate = useNavigate()
  useEffect(() => {
    if (!isEntered || !isThere) return
    onDone()
    const [first, second] = items
    if (second !== undefined) place.current?.querySelector<HTMLElement>('tbody a')?.focus()
    else {
      const key = first === undefined ? text : keyOf(first, text)
      void navigate({ to: '/people/$key', params: { key } })
    }
  }, [isEntered, isThere, items, text, onDone, navigate])
  if (pages.error !== null && pages.data === undefined)
    return <ProblemCard problem={pages.error.problem} onRetry={() => void pages.refetch()} />
  if (pages.data === undefined) return <Loading what="Looking for people" rows={4} />
  return (
    <div ref={place}>
      {pages.error !== null && <ProblemCard problem={pages.error.problem} onRetry={() => void pages.refetch()} />}
      <Text size="sm" role="status" mb="xs">
        {isThere ? foundText(items.length, hasNextPage) : 'Looking for people…'}
      </Text>
      <DataTable
        label="People"
        rows={items.map((person, index) => ({ ...person, index }))}
        rowKey={({ account, index }) => `${index} ${account}`}
        rowTo={(person) => ({ to: '/people/$key', params: { key: keyOf(person, text) } })}
        columns={columns}
        onEnd={hasNextPage && !isFetchingNextPage ? () => void pages.fetchNextPage() : undefined}
        empty={isThere ? <Nobody text={text} /> : null}
      />
    </div>
  )
}

function Nobody({ text }: { text: string }) {
  const seesNames = useMay('pii:read')
  return (
    <EmptyState
      why={
        seesNames
          ? `Nobody who was delivered matches ${text}. A whole external_id or e-mail address is also looked for in Zendesk and among the rows that were refused.`
          : `Nobody who was delivered has exactly the external_id ${text}. An exact search looks in Zendesk, too, and among the rows that were refused.`
      }
      action={
        <Button component={Link} to={`/people/${encodeURIComponent(text)}`} variant="default">
          Look for exactly {text}
        </Button>
      }
    />
  )
}
