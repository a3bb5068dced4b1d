import { Tabs, Text } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { ColumnCheck } from '../../parts/column-check.tsx'
import { Elapsed } from '../../parts/elapsed.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { RowsGrid } from '../../parts/rows-grid.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { UsedBy } from '../../parts/used-by.tsx'
import { Versions } from '../../parts/versions.tsx'
import { AttributesActions } from './actions.tsx'
import { Definition as DefinitionTab } from './definition.tsx'

const tabs = [
  ['definition', 'Definition'],
  ['rows', 'Rows'],
  ['check', 'Check'],
  ['uses', 'Used by'],
  ['versions', 'Versions'],
] as const

/** One attributes table. */
export function AttributesTable() {
  const { key = '' } = useParams({ strict: false })
  const found = useGet('GET /attributes-tables/{key}', { params: { key } })
  if (found.data === undefined)
    return (
      <>
        <PageHead title={key} />
        <WithAnswer of={found} loading="Reading the attributes table">
          {() => null}
        </WithAnswer>
      </>
    )
  return (
    <>
      <PageHead
        title={nameOf(found.data)}
        about={typeof found.data.body.description === 'string' ? found.data.body.description : undefined}
        actions={<AttributesActions definition={found.data} />}
      />
      <AttributesTabs definition={found.data} />
    </>
  )
}

function AttributesTabs({ definition }: { definition: Definition }) {
  const [search, setSearch] = useSearchState()
  const may = { query: useMay('query:run'), destination: useMay('destination:read'), write: useMay('query:write') }
  const shown = tabs.filter(([tab]) => (tab !== 'rows' || may.query) && (tab !== 'check' || may.destination))
  const tab = shown.some(([one]) => one === search.tab) ? search.tab! : 'definition'
  return (
    <Tabs
      value={tab}
      onChange={(value) => setSearch({ tab: value === 'definition' ? undefined : (value ?? undefined) })}
      keepMounted={false}
    >
      <Tabs.List mb="md">
        {shown.map(([one, label]) => (
          <Tabs.Tab key={one} value={one}>
            {one === 'uses' ? `${label} ${definition.used_by.length}` : label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="definition" keepMounted>
        <DefinitionTab definition={definition} />
      </Tabs.Panel>
      <Tabs.Panel value="rows">
        <Rows of={definition.key} />
      </Tabs.Panel>
      <Tabs.Panel value="check">
        <ColumnCheck path="attributes-tables" of={definition.key} />
      </Tabs.Panel>
      <Tabs.Panel value="uses">
        <Text size="sm" c="dimmed" mb="xs">
          What reads it or sends it. Changing it changes what these send at their next run.
        </Text>
        <UsedBy of={definition.used_by} none="Nothing uses it yet. A segment or an orchestration can." />
      </Tabs.Panel>
      <Tabs.Panel value="versions">
        <Versions path="attributes-tables" definition={definition} mayRestore={may.write} />
      </Tabs.Panel>
    </Tabs>
  )
}

function Rows({ of: key }: { of: string }) {
  const rows = useGet('GET /attributes-tables/{key}/preview', { params: { key }, query: { limit: 100 } })
  if (rows.error !== null) return <ProblemCard problem={rows.error.problem} onRetry={() => void rows.refetch()} />
  if (rows.data === undefined) return <Elapsed what="Running the SELECT for its first rows" />
  return <RowsGrid rows={rows.data} label="First rows" />
}
