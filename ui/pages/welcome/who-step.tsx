import { Button, Group, Select, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { type Answer, ApiProblem, call } from '../../api/call.ts'
import type { Problem, TableLook } from '../../api/operations.ts'
import { markStale, queryClient, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { SqlEditor } from '../../parts/sql/sql.tsx'
import { FirstRows } from './first-rows.tsx'
import { lacking, starterSql } from './starter-sql.ts'
import { StepFrame } from './step-frame.tsx'
import type { StepProps } from './welcome.tsx'

/** Who is sent: a query that is there, or a first one over the table that was chosen. */
export function WhoStep({ setup, onDone }: StepProps) {
  const queries = useGet('GET /queries')
  const table = setup.table ?? ''
  const look = useGet('GET /tables/{key}/columns', { params: { key: table } }, { enabled: table !== '' })
  return (
    <StepFrame
      title="Who is sent?"
      about="A query: each row is a person, each column an attribute of Zendesk by its name. A row needs a name, and an external_id or an email."
    >
      <WithAnswer of={queries} loading="Reading the queries" rows={2}>
        {({ items }) =>
          items.length > 0 ? (
            <PickQuery keys={items.map(({ key }) => key)} onDone={(query) => onDone({ query })} />
          ) : null
        }
      </WithAnswer>
      {table !== '' && (
        <WithAnswer of={look} loading={`Looking at ${table}`} rows={4}>
          {(found) => <FirstQuery look={found} onDone={(query) => onDone({ query })} />}
        </WithAnswer>
      )}
    </StepFrame>
  )
}

function PickQuery({ keys, onDone }: { keys: string[]; onDone: (query: string) => void }) {
  const [query, setQuery] = useState<string | null>(null)
  return (
    <Group align="flex-end">
      <Select label="A query that is there" data={keys} value={query} onChange={setQuery} searchable w={280} />
      <Button size="sm" variant="default" disabled={query === null} onClick={() => query !== null && onDone(query)}>
        Use this query
      </Button>
    </Group>
  )
}

type Rows = Answer<'POST /queries/try'>

function FirstQuery({ look, onDone }: { look: TableLook; onDone: (query: string) => void }) {
  const { database, table } = look
  // Tables of two databases may have one name, and are two queries.
  const wanted = database === 'database' ? `${table}_to_zendesk` : `${database}_${table}_to_zendesk`
  const [sql, setSql] = useState(() => starterSql(table, look.items))
  const [rows, setRows] = useState<Rows | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState<'looking' | 'saving' | null>(null)
  const doing = async (what: 'looking' | 'saving', work: () => Promise<void>) => {
    setBusy(what)
    setProblem(null)
    try {
      await work()
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setProblem(error.problem)
    } finally {
      setBusy(null)
    }
  }
  const look10 = () =>
    doing('looking', async () => setRows(await call('POST /queries/try', { body: { sql, limit: 10, database } })))
  const save = () => doing('saving', async () => onDone(await saveQuery(wanted, { text: sql, database })))
  const missing = rows === null ? [] : lacking(rows.columns.map(({ name }) => name))
  return (
    <Stack>
      <SqlEditor label="SQL of the query" value={sql} onChange={setSql} minHeight="140px" maxHeight="40vh" />
      {problem !== null && <ProblemCard problem={problem} />}
      {rows !== null && <FirstRows of={rows} />}
      {missing.length > 0 && <Text size="sm">Nobody can be sent yet: the result lacks {missing.join(' and ')}.</Text>}
      <Group>
        <Button size="sm" variant="default" loading={busy === 'looking'} onClick={() => void look10()}>
          Look at 10 rows
        </Button>
        <Button size="sm" loading={busy === 'saving'} onClick={() => void save()}>
          Save and go on
        </Button>
      </Group>
    </Stack>
  )
}

/** The key of the query; one that an earlier attempt has saved is changed. */
async function saveQuery(wanted: string, query: { text: string; database: string }): Promise<string> {
  const key = wanted.slice(0, 64)
  const body = { sql: `${key}.sql`, ...query }
  try {
    const { version } = await call('GET /queries/{key}', { params: { key } })
    await call('PUT /queries/{key}', { params: { key }, body: { body }, ifVersion: version })
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 404) throw error
    await call('POST /queries', { body: { key, body } })
  }
  await markStale(queryClient, ['/queries'])
  return key
}
