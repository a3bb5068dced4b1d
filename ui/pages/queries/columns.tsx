import type { TableColumn } from '../../parts/data-table.tsx'
import { RowMenu } from '../../parts/row-menu.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { Figure, Moment } from '../../parts/values.tsx'
import type { QueryActions } from './actions.ts'
import { QueryEntries } from './entries.tsx'
import { lastWorkflow, type Row } from './model.ts'
import classes from './queries.module.css'

export function columnsOf(
  actions: QueryActions,
  mayWrite: boolean,
  onAsk: (row: Row, what: 'copy' | 'folder' | 'labels') => void,
): TableColumn<Row>[] {
  const last = ({ query }: Row) => (query === null ? null : lastWorkflow(query))
  return [
    { key: 'name', head: 'Name', cell: ({ name }) => name, sortBy: ({ name }) => name },
    {
      key: 'state',
      head: 'Status',
      cell: ({ state, word, draft, query }) => (
        <>
          <StateBadge state={state} word={word} />
          {query !== null && draft !== null && <span className={classes.beside}>with draft</span>}
        </>
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
      cell: ({ labels }) =>
        labels.map((label) => (
          <span key={label} className={classes.label}>
            {label}
          </span>
        )),
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
      // Of a draft alone nothing can be done without the right to write.
      cell: (row) =>
        (mayWrite || row.query !== null) && (
          <RowMenu label={`More for ${row.name}`}>
            <QueryEntries row={row} actions={actions} onAsk={(what) => onAsk(row, what)} />
          </RowMenu>
        ),
    },
  ]
}
