import { Badge, Group, Text } from '@mantine/core'
import type { TableColumn } from '../../parts/data-table.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { Figure, Moment } from '../../parts/values.tsx'
import type { QueryActions } from './actions.ts'
import { lastWorkflow, type Row } from './model.ts'
import { RowMenu } from './row-menu.tsx'

export function columnsOf(
  actions: QueryActions,
  onAsk: (row: Row, what: 'copy' | 'folder' | 'labels') => void,
): TableColumn<Row>[] {
  const last = ({ query }: Row) => (query === null ? null : lastWorkflow(query))
  return [
    { key: 'name', head: 'Name', cell: ({ name }) => name, sortBy: ({ name }) => name },
    {
      key: 'state',
      head: 'Status',
      cell: ({ state, word, draft, query }) => (
        <Group gap={8} wrap="nowrap">
          <StateBadge state={state} word={word} />
          {query !== null && draft !== null && (
            <Text span size="xs" c="dimmed">
              with draft
            </Text>
          )}
        </Group>
      ),
      sortBy: ({ word }) => word,
    },
    {
      key: 'run',
      head: 'Last run',
      rank: 2,
      cell: (row) => <Moment at={last(row)?.requested_at ?? null} />,
      sortBy: (row) => last(row)?.requested_at ?? null,
    },
    {
      key: 'rows',
      head: 'Records',
      align: 'right',
      rank: 3,
      cell: (row) => {
        const rows = last(row)?.rows ?? null
        return rows === null ? '—' : <Figure value={rows} />
      },
      sortBy: (row) => last(row)?.rows ?? null,
    },
    {
      key: 'labels',
      head: 'Labels',
      rank: 3,
      cell: ({ labels }) => (
        <Group gap={4} wrap="nowrap">
          {labels.map((label) => (
            <Badge key={label} variant="default" size="sm" tt="none" fw={400}>
              {label}
            </Badge>
          ))}
        </Group>
      ),
    },
    {
      key: 'edited',
      head: 'Edited',
      rank: 2,
      cell: ({ updatedAt }) => <Moment at={updatedAt} />,
      sortBy: ({ updatedAt }) => updatedAt,
    },
    {
      key: 'more',
      head: 'More',
      isHeadHidden: true,
      align: 'right',
      width: '48px',
      cell: (row) => <RowMenu row={row} actions={actions} onAsk={(what) => onAsk(row, what)} />,
    },
  ]
}
