import { List, Select, Stack, Text } from '@mantine/core'
import type { ColumnCheck } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { StateBadge } from '../../parts/state-badge.tsx'
import { columnInWords } from './check-words.ts'

/** What would become of each column at a destination; nothing is run and nothing is sent. */
export function Check({ of: key }: { of: string }) {
  const [search, setSearch] = useSearchState()
  const destinations = useGet('GET /destinations')
  return (
    <WithAnswer of={destinations} loading="Reading the destinations" rows={3}>
      {({ items }) => {
        const chosen = items.find((one) => one.key === search.destination) ?? items[0]
        if (chosen === undefined)
          return (
            <EmptyState why="There is no destination yet. Add one in Activations to check the columns against it." />
          )
        return (
          <Stack gap="sm">
            <Select
              label="Destination"
              w={280}
              allowDeselect={false}
              data={items.map((one) => ({ value: one.key, label: String(one.body.name ?? one.key) }))}
              value={chosen.key}
              onChange={(destination) => setSearch({ destination: destination ?? undefined })}
            />
            <Checked of={key} destination={chosen.key} />
          </Stack>
        )
      }}
    </WithAnswer>
  )
}

function Checked({ of: key, destination }: { of: string; destination: string }) {
  const check = useGet('GET /queries/{key}/check', { params: { key }, query: { destination } })
  return (
    <WithAnswer of={check} loading={`Comparing the columns with the fields of ${destination}`}>
      {(found) => <CheckedColumns check={found} />}
    </WithAnswer>
  )
}

type CheckedColumn = ColumnCheck['columns'][number]

const looks = {
  sent: { state: 'passed', word: 'Sent' },
  read: { state: 'passed', word: 'Read' },
  ignored: { state: 'warning', word: 'Ignored' },
  refused: { state: 'failed', word: 'Refused' },
} as const

function CheckedColumns({ check }: { check: ColumnCheck }) {
  return (
    <Stack gap="sm">
      {check.problems.map((problem) => (
        <ProblemCard key={problem.code + problem.message} problem={problem} />
      ))}
      {check.ok && <Text size="sm">Nothing keeps this query from being sent to {check.destination}.</Text>}
      {!check.may_send && <Text size="sm">You may not send personal values to {check.destination}.</Text>}
      <DataTable
        label="Columns"
        rows={check.columns}
        rowKey={({ column }) => column}
        columns={[
          { key: 'column', head: 'Column', cell: ({ column }: CheckedColumn) => column },
          {
            key: 'use',
            head: 'Use',
            cell: ({ use }) => <StateBadge {...looks[use]} />,
          },
          { key: 'words', head: 'What becomes of it', cell: columnInWords },
          { key: 'type', head: 'Type', rank: 2, cell: ({ type }) => type },
        ]}
      />
      {check.columns.some(({ notes }) => notes.length > 0) && (
        <List size="sm">
          {check.columns.flatMap(({ column, notes }) =>
            notes.map((note) => (
              <List.Item key={column + note}>
                {column}: {note}
              </List.Item>
            )),
          )}
        </List>
      )}
    </Stack>
  )
}
