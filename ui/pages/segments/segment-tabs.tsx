import { Tabs, Text } from '@mantine/core'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { ColumnCheck } from '../../parts/column-check.tsx'
import { RowsGrid } from '../../parts/rows-grid.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { SqlText } from '../../parts/sql/sql.tsx'
import { Versions } from '../../parts/versions.tsx'
import { Summary } from './segment-summary.tsx'

export function SegmentTabs({ of, mayEdit }: { of: Definition; mayEdit: boolean }) {
  const [search, setSearch] = useSearchState()
  const mayCheck = useMay('destination:read')
  return (
    <Tabs
      value={search.tab ?? 'summary'}
      onChange={(tab) => setSearch({ tab: tab === 'summary' ? undefined : (tab ?? undefined) })}
      keepMounted={false}
    >
      <Tabs.List mb="md">
        <Tabs.Tab value="summary">Summary</Tabs.Tab>
        <Tabs.Tab value="sample">Sample</Tabs.Tab>
        <Tabs.Tab value="sql">SQL</Tabs.Tab>
        {mayCheck && <Tabs.Tab value="check">Column check</Tabs.Tab>}
        <Tabs.Tab value="versions">Versions</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="summary">
        <Summary of={of} />
      </Tabs.Panel>
      <Tabs.Panel value="sample">
        <Sample of={of} />
      </Tabs.Panel>
      <Tabs.Panel value="sql">
        <Sql of={of} />
      </Tabs.Panel>
      {mayCheck && (
        <Tabs.Panel value="check">
          <ColumnCheck path="segments" of={of.key} />
        </Tabs.Panel>
      )}
      <Tabs.Panel value="versions">
        <Versions path="segments" definition={of} mayRestore={mayEdit} />
      </Tabs.Panel>
    </Tabs>
  )
}

/** Rows are for those who may run queries and see personal values; others see counts. */
function Sample({ of }: { of: Definition }) {
  const mayRun = useMay('query:run')
  const seesPii = useMay('pii:read')
  const isOpen = mayRun && seesPii
  const rows = useGet(
    'GET /segments/{key}/preview',
    { params: { key: of.key }, query: { limit: 20 } },
    { enabled: isOpen },
  )
  if (!isOpen)
    return (
      <Text size="sm" c="dimmed">
        {mayRun
          ? 'Personal values are hidden from you, so you see counts only.'
          : 'Rows need the right query:run, so you see counts only.'}
      </Text>
    )
  return (
    <WithAnswer of={rows} loading="Reading the first 20 people">
      {(data) => <RowsGrid rows={data} label="First people of the segment" none="Nobody is in this segment." />}
    </WithAnswer>
  )
}

function Sql({ of }: { of: Definition }) {
  const sql = useGet('GET /segments/{key}/sql', { params: { key: of.key } })
  return (
    <WithAnswer of={sql} loading="Writing the segment as SQL">
      {(data) => <SqlText sql={data.sql} label="The SELECT that delivers it" />}
    </WithAnswer>
  )
}
