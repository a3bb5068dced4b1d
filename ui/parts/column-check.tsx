import { Button, Group, Select, Stack, Switch, Text } from '@mantine/core'
import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { type ApiProblem, call } from '../api/call.ts'
import type { ColumnCheck as Check } from '../api/operations.ts'
import { useGet } from '../api/use.ts'
import { WithAnswer } from './answer.tsx'
import { DataTable, type TableColumn } from './data-table.tsx'
import { Elapsed } from './elapsed.tsx'
import { EmptyState } from './empty-state.tsx'
import { ProblemCard } from './problem-card.tsx'
import { useSearchState } from './search-state.ts'
import { StateBadge } from './state-badge.tsx'
import { counted } from './values.tsx'

interface ColumnCheckProps {
  path: 'queries' | 'segments' | 'attributes-tables'
  /** Key of what is to be sent, as it is saved. */
  of: string
}

/** What would become of each column at a destination; nothing is run and nothing is sent. The address says which destination. */
export function ColumnCheck({ path, of: key }: ColumnCheckProps) {
  return (
    <AtDestination>
      {(where) => <CheckOfSaved key={JSON.stringify(where)} {...{ path, of: key, where }} />}
    </AtDestination>
  )
}

/** The same of SQL that is being written, as it is when somebody asks. */
export function SqlCheck({ sql, database }: { sql: string; database: string | null }) {
  const body = { sql, ...(database !== null && { database }) }
  return (
    <AtDestination>{(where) => <CheckOfSql key={JSON.stringify(where)} body={body} where={where} />}</AtDestination>
  )
}

interface Where {
  destination: string
  /** The account is asked for its user fields. */
  isLive: boolean
}

function AtDestination({ children }: { children: (where: Where) => ReactNode }) {
  const [search, setSearch] = useSearchState()
  const destinations = useGet('GET /destinations')
  return (
    <WithAnswer of={destinations} loading="Reading the destinations">
      {({ items }) => {
        const chosen = items.find((one) => one.key === search.destination) ?? items[0]
        if (chosen === undefined) return <EmptyState why="There is no destination to check the columns against." />
        const isLive = search.live !== 'no'
        return (
          <Stack gap="sm">
            <Group gap="md" align="flex-end">
              <Select
                label="Destination"
                data={items.map(({ key: value, body }) => ({ value, label: String(body.name ?? value) }))}
                value={chosen.key}
                onChange={(value) => setSearch({ destination: value ?? undefined })}
                allowDeselect={false}
              />
              <Switch
                mb={8}
                label="Ask the account for its user fields"
                checked={isLive}
                onChange={(event) => setSearch({ live: event.currentTarget.checked ? undefined : 'no' })}
              />
            </Group>
            {children({ destination: chosen.key, isLive })}
          </Stack>
        )
      }}
    </WithAnswer>
  )
}

function CheckOfSaved({ path, of: key, where: { destination, isLive } }: ColumnCheckProps & { where: Where }) {
  const check = useGet(`GET /${path}/{key}/check`, {
    params: { key },
    query: { destination, live: isLive ? 'true' : 'false' },
  })
  return <Checked of={check} where={{ destination, isLive }} />
}

interface CheckOfSqlProps {
  body: { sql: string; database?: string }
  where: Where
}

function CheckOfSql({ body, where }: CheckOfSqlProps) {
  const { destination, isLive: live } = where
  // As it was when it was asked for: what is typed meanwhile is not sent letter by letter.
  const [asked, setAsked] = useState(body)
  const check = useQuery<Check, ApiProblem>({
    queryKey: ['POST /queries/check', asked, where],
    queryFn: ({ signal }) => call('POST /queries/check', { body: { ...asked, destination, live }, signal }),
  })
  const isOld = JSON.stringify(asked) !== JSON.stringify(body)
  return (
    <>
      {isOld && (
        <Group gap="sm">
          <Text size="sm">The query has been changed since.</Text>
          <Button variant="default" onClick={() => setAsked(body)}>
            Check again
          </Button>
        </Group>
      )}
      <Checked of={check} where={where} />
    </>
  )
}

interface CheckedProps {
  of: Pick<UseQueryResult<Check, ApiProblem>, 'data' | 'error' | 'refetch'>
  where: Where
}

function Checked({ of: { data, error, refetch }, where: { destination, isLive } }: CheckedProps) {
  if (error !== null) return <ProblemCard problem={error.problem} onRetry={() => void refetch()} />
  if (data === undefined)
    return <Elapsed what={`Comparing the columns with ${isLive ? `the fields of ${destination}` : 'its settings'}`} />
  const { columns, problems, ok, live, may_send: maySend } = data
  const sent = columns.filter(({ use }) => use === 'sent').length
  return (
    <Stack gap="sm">
      <Text size="sm" role="status">
        {ok
          ? `${counted(sent, 'column')} would be sent; nothing keeps it from being planned.`
          : 'It cannot be sent as it is.'}
        {!live && isLive && ' The account could not be read: user fields are taken as they are named.'}
        {!maySend && ' You may not send personal values to this destination.'}
      </Text>
      {problems.map((problem) => (
        <ProblemCard key={problem.code + problem.message} problem={problem} />
      ))}
      <DataTable label="Columns at the destination" rows={columns} columns={heads} rowKey={({ column }) => column} />
    </Stack>
  )
}

type Column = Check['columns'][number]

const words = {
  sent: <StateBadge state="passed" word="Sent" />,
  read: <StateBadge state="unchanged" word="Read, not sent" />,
  ignored: <StateBadge state="skipped" word="Ignored" />,
  refused: <StateBadge state="failed" word="Refused" />,
} as const

const heads: TableColumn<Column>[] = [
  {
    key: 'column',
    head: 'Column',
    cell: ({ column }) => <span style={{ fontFamily: 'var(--mantine-font-family-monospace)' }}>{column}</span>,
    sortBy: ({ column }) => column,
  },
  { key: 'type', head: 'Type', cell: ({ type }) => type, rank: 3 },
  { key: 'use', head: 'At the destination', cell: ({ use }) => words[use], sortBy: ({ use }) => use, width: '160px' },
  {
    key: 'meaning',
    head: 'What becomes of it',
    cell: (one) => (
      <span style={{ whiteSpace: 'normal' }}>
        {one.use === 'sent' || one.use === 'read' ? sentText(one) : (one.why ?? '—')}
        {one.did_you_mean !== null && `; did you mean ${one.did_you_mean}?`}
        {one.notes.length > 0 && (
          <Text span c="dimmed" inherit>
            {' '}
            {one.notes.join(' ')}
          </Text>
        )}
      </span>
    ),
  },
  {
    key: 'personal',
    head: 'Personal',
    cell: ({ personal }) => (personal ? 'Personal' : 'Free'),
    rank: 2,
    width: '100px',
  },
]

function sentText({ becomes, meaning, field_type: type }: Column): string {
  const what = meaning === '' || meaning === becomes ? (becomes ?? '') : meaning
  return type === null ? what : `${what} (${type})`
}
