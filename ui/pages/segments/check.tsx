import { Alert, Select, Stack } from '@mantine/core'
import type { ColumnCheck } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { useSearchState } from '../../parts/search-state.ts'

type Row = ColumnCheck['columns'][number]

const columns: TableColumn<Row>[] = [
  { key: 'column', head: 'Column', cell: ({ column }) => column },
  { key: 'use', head: 'Use', cell: ({ use }) => use, width: '90px' },
  { key: 'becomes', head: 'Becomes', cell: ({ becomes }) => becomes ?? '—' },
  { key: 'why', head: 'Meaning', cell: ({ why, meaning }) => why ?? meaning, rank: 2 },
  { key: 'personal', head: 'Personal', cell: ({ personal }) => (personal ? 'yes' : 'no'), rank: 3, width: '90px' },
]

/** What would become of each column at a destination; nothing is sent. */
export function Check({ segment }: { segment: string }) {
  const [search, setSearch] = useSearchState()
  const destinations = useGet('GET /destinations')
  const destination = search.destination ?? ''
  const check = useGet(
    'GET /segments/{key}/check',
    { params: { key: segment }, query: { destination } },
    { enabled: destination !== '' },
  )
  return (
    <Stack gap="md">
      <Select
        label="Destination"
        placeholder="Choose one"
        data={(destinations.data?.items ?? []).map(({ key }) => key)}
        value={destination === '' ? null : destination}
        onChange={(key) => setSearch({ destination: key ?? undefined })}
        maw={320}
      />
      {destination !== '' && (
        <WithAnswer of={check} loading="Asking the account for its user fields">
          {(data) => (
            <Stack gap="sm">
              {data.problems.map((problem) => (
                <ProblemCard key={problem.code + problem.message} problem={problem} />
              ))}
              {!data.may_send && (
                <Alert variant="light" color="gray">
                  You may not send personal values to this destination.
                </Alert>
              )}
              <DataTable label="Columns" rows={data.columns} columns={columns} rowKey={({ column }) => column} />
            </Stack>
          )}
        </WithAnswer>
      )}
    </Stack>
  )
}
