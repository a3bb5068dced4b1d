import { Alert, Button, Tabs } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { ColumnCheck } from '../../parts/column-check.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { RowMenu } from '../../parts/row-menu.tsx'
import { RowsGrid } from '../../parts/rows-grid.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { SqlText } from '../../parts/sql/sql.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { Versions } from '../../parts/versions.tsx'
import { useQueryActions } from './actions.ts'
import { QueryEntries } from './entries.tsx'
import { bodyOf, isSql, type Row, rowsOf } from './model.ts'
import { FileRows } from './move.tsx'
import { CopyQuery } from './new-query.tsx'
import classes from './queries.module.css'
import { SentTo } from './sent-to.tsx'
import { VisualBadge, VisualSql, VisualSummary } from './visual-summary.tsx'

/** A query to read: its SQL, its first rows, what becomes of its columns, what it was, and what sends it. */
export function Query() {
  const { key = '' } = useParams({ strict: false })
  const query = useGet('GET /queries/{key}', { params: { key } })
  const drafts = useGet('GET /query-drafts')
  return (
    <WithAnswer of={query} loading="Reading the query" page={`Query ${key}`}>
      {(query) => {
        const draft = drafts.data?.items.find((one) => one.key === key)
        const [row] = rowsOf([query], draft === undefined ? [] : [draft])
        return row === undefined ? null : <OneQuery key={key} row={row} query={query} />
      }}
    </WithAnswer>
  )
}

function OneQuery({ row, query }: { row: Row; query: Definition }) {
  const mayWrite = useMay('query:write')
  const actions = useQueryActions()
  const [asked, setAsked] = useState<'copy' | 'folder' | 'labels' | null>(null)
  const isOurs = query.source === 'ui'
  const { description, folder, labels = [] } = bodyOf(query)
  return (
    <>
      <PageHead
        title={row.name}
        beside={
          <>
            <StateBadge state={row.state} word={row.word} />
            {!isSql(query) && <VisualBadge />}
          </>
        }
        about={
          <>
            {[description, folder].filter((part) => part !== undefined).join(' · ')}
            {labels.map((label) => (
              <span key={label} className={classes.label}>
                {label}
              </span>
            ))}
          </>
        }
        actions={
          <>
            {mayWrite && isOurs && (
              <Button leftSection={<Pencil size={14} aria-hidden />} onClick={() => void actions.edit(row)}>
                {row.draft === null ? 'Edit' : 'Open draft'}
              </Button>
            )}
            <RowMenu label={`More for ${row.name}`}>
              <QueryEntries row={row} actions={actions} onAsk={setAsked} />
            </RowMenu>
          </>
        }
      />
      {!isOurs && (
        <Alert variant="light" color="gray" mb="md">
          It comes from deskside.yml: change it there, and bring it here with deskside apply.
          {mayWrite && ' A copy can be edited here.'}
        </Alert>
      )}
      <QueryTabs query={query} mayRestore={mayWrite} />
      {asked === 'copy' && <CopyQuery of={row} onClose={() => setAsked(null)} />}
      {asked !== null && asked !== 'copy' && (
        <FileRows rows={[row]} all={[row]} what={asked} actions={actions} onClose={() => setAsked(null)} />
      )}
    </>
  )
}

function QueryTabs({ query, mayRestore }: { query: Definition; mayRestore: boolean }) {
  const first = isSql(query) ? 'sql' : 'rules'
  const [{ tab = first }, setSearch] = useSearchState()
  const mayRun = useMay('query:run')
  const mayCheck = useMay('destination:read')
  return (
    <Tabs
      value={tab}
      onChange={(tab) => setSearch({ tab: tab === first ? undefined : (tab ?? undefined) })}
      keepMounted={false}
    >
      <Tabs.List mb="md">
        {!isSql(query) && <Tabs.Tab value="rules">Rules</Tabs.Tab>}
        <Tabs.Tab value="sql">SQL</Tabs.Tab>
        {mayRun && <Tabs.Tab value="rows">First rows</Tabs.Tab>}
        {mayCheck && <Tabs.Tab value="columns">Columns</Tabs.Tab>}
        <Tabs.Tab value="sent">Being sent to</Tabs.Tab>
        <Tabs.Tab value="versions">Versions</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="rules">
        <VisualSummary of={bodyOf(query)} />
      </Tabs.Panel>
      <Tabs.Panel value="sql">
        {isSql(query) ? (
          <SqlText sql={bodyOf(query).text ?? ''} label="SQL of the query" />
        ) : (
          <VisualSql of={bodyOf(query)} />
        )}
      </Tabs.Panel>
      {mayRun && (
        <Tabs.Panel value="rows">
          <FirstRows of={query.key} />
        </Tabs.Panel>
      )}
      {mayCheck && (
        <Tabs.Panel value="columns">
          <ColumnCheck path="queries" of={query.key} />
        </Tabs.Panel>
      )}
      <Tabs.Panel value="sent">
        <SentTo query={query} />
      </Tabs.Panel>
      <Tabs.Panel value="versions">
        <Versions path="queries" definition={query} mayRestore={mayRestore} />
      </Tabs.Panel>
    </Tabs>
  )
}

function FirstRows({ of: key }: { of: string }) {
  const rows = useGet('GET /queries/{key}/preview', { params: { key }, query: { limit: 100 } })
  return (
    <WithAnswer of={rows} loading="Running the query for its first 100 rows">
      {(found) => <RowsGrid rows={found} label="First rows" none="The query gives no rows." />}
    </WithAnswer>
  )
}
