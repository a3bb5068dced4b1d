import { Button, Group, Stack } from '@mantine/core'
import { useEffect, useState } from 'react'
import { call } from '../../api/call.ts'
import { useMay } from '../../api/me.ts'
import { useCall, useGet } from '../../api/use.ts'
import { confirm, saidProblem } from '../../parts/dialogs.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { RowsGrid } from '../../parts/rows-grid.tsx'
import { SqlText } from '../../parts/sql/sql.tsx'
import { useLive } from '../../parts/use-live.ts'
import { type Draft, toAsked } from './draft.ts'

interface LookProps {
  draft: Draft
  /** Whether it can be asked about: nothing in it is unfinished or wrong. */
  isReady: boolean
}

/** The people and the SQL of a segment that is not saved yet. */
export function LookAtDraft({ draft, isReady }: LookProps) {
  const mayRun = useMay('query:run')
  const seesPii = useMay('pii:read')
  const [tab, setTab] = useState<string | null>(null)
  const maySample = mayRun && seesPii
  const tabs = [...(maySample ? ['sample'] : []), 'sql']
  return (
    <Stack gap="xs" component="section" aria-label="As it is now">
      <Group gap="xs">
        {tabs.map((one) => (
          <Button
            key={one}
            variant={tab === one ? 'light' : 'default'}
            aria-expanded={tab === one}
            disabled={!isReady}
            onClick={() => setTab(tab === one ? null : one)}
          >
            {one === 'sample' ? 'Sample' : 'SQL'}
          </Button>
        ))}
      </Group>
      {tab === 'sample' && maySample && <Sample draft={draft} isReady={isReady} />}
      {tab === 'sql' && <Sql draft={draft} isReady={isReady} />}
    </Stack>
  )
}

function Sample({ draft, isReady }: LookProps) {
  const tables = useGet('GET /attributes-tables')
  const database = tables.data?.items.find(({ key }) => key === draft.attributes)?.body.database
  const sql = useLive('POST /segments/sql', isReady ? toAsked(draft) : null)
  const { mutate, data, error } = useCall('POST /queries/try')
  const asked = sql.isBusy ? undefined : sql.answer?.sql
  useEffect(() => {
    if (asked === undefined || tables.data === undefined) return
    mutate({ body: { sql: asked, limit: 20, ...(typeof database === 'string' && { database }) } })
  }, [asked, database, tables.data, mutate])
  const problem = error ?? sql.problem
  if (problem !== null) return <ProblemCard problem={problem.problem} />
  if (data === undefined) return <Loading what="Reading the first 20 people" rows={3} />
  return <RowsGrid rows={data} label="First people of the draft" none="Nobody is in this segment." />
}

function Sql({ draft, isReady }: LookProps) {
  const { answer, problem } = useLive('POST /segments/sql', isReady ? toAsked(draft) : null)
  if (problem !== null) return <ProblemCard problem={problem.problem} />
  if (answer === null) return <Loading what="Writing the segment as SQL" rows={3} />
  return <SqlText sql={answer.sql} label="The SELECT that delivers it" />
}

/** Rules become a SELECT; there is no way back. */
export function ToSql({ draft, isReady, onSql }: LookProps & { onSql: (sql: string) => void }) {
  const mayRun = useMay('query:run')
  if (!mayRun) return null
  const convert = async () => {
    const what =
      'The conditions become one SELECT that you edit from then on. There is no way back to conditions. Nothing is saved yet.'
    if (!(await confirm({ title: 'Convert to SQL', what, verb: 'Convert to SQL' }))) return
    const { ids_sql: sql } = await call('POST /segments/sql', { body: { body: toAsked(draft) as never } })
    onSql(sql)
  }
  return (
    <Button variant="subtle" color="gray" disabled={!isReady} onClick={() => void convert().catch(saidProblem)}>
      Convert to SQL
    </Button>
  )
}
