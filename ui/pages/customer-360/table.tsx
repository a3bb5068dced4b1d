import { ActionIcon, Button, Menu, Stack, Text } from '@mantine/core'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Copy, Ellipsis, RefreshCw, Trash2, Upload } from 'lucide-react'
import { useMay } from '../../api/me.ts'
import type { Definition, TableLook } from '../../api/operations.ts'
import { queryClient, useCall, useGet } from '../../api/use.ts'
import { copyText } from '../../parts/copy.ts'
import { useDeletion } from '../../parts/deletion.tsx'
import { said, saidProblem } from '../../parts/dialogs.tsx'
import { Elapsed } from '../../parts/elapsed.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { UsedBy } from '../../parts/used-by.tsx'
import { figure, Moment } from '../../parts/values.tsx'
import { TableColumns } from './columns.tsx'
import { listedTable } from './listed.ts'
import classes from './table.module.css'
import { UploadDialog } from './upload.tsx'
import { bytesText, selectOf } from './words.ts'

/** One table: where it comes from, what was counted of it, and its columns. */
export function Table() {
  const { table: key = '' } = useParams({ strict: false })
  const definition = useGet('GET /tables/{key}', { params: { key } })
  const look = useGet('GET /tables/{key}/columns', { params: { key } })
  const refresh = useRefresh(key)
  if (definition.error !== null && definition.data === undefined)
    return (
      <>
        <PageHead title={key} />
        <ProblemCard problem={definition.error.problem} onRetry={() => void definition.refetch()} />
      </>
    )
  const shown = definition.data === undefined ? null : listedTable(definition.data)
  return (
    <>
      <PageHead
        title={shown?.title ?? key}
        about={shown?.description ?? undefined}
        actions={
          definition.data !== undefined && (
            <Actions
              definition={definition.data}
              columns={look.data?.items.map(({ column }) => column) ?? []}
              refresh={refresh}
            />
          )
        }
      />
      <Stack gap="lg">
        {shown !== null && definition.data !== undefined && (
          <TableFacts definition={definition.data} look={look.data ?? null} />
        )}
        {refresh.isPending && <Elapsed what={`Counting ${shown?.title ?? key} anew: the whole table is read`} />}
        {look.data === undefined && look.error === null && (
          <Elapsed what={`Reading the whole of ${shown?.title ?? key} to count it`} />
        )}
        {look.error !== null && <ProblemCard problem={look.error.problem} onRetry={() => void look.refetch()} />}
        {look.data !== undefined && <TableColumns table={key} look={look.data} />}
      </Stack>
    </>
  )
}

type Refresh = ReturnType<typeof useRefresh>

function useRefresh(key: string) {
  return useCall('POST /tables/{key}/refresh', {
    onDone: (look) => {
      queryClient.setQueryData(['GET /tables/{key}/columns', { params: { key } }], look)
      for (const operation of ['GET /tables', 'GET /tables/{key}'])
        void queryClient.invalidateQueries({ queryKey: [operation] })
      said(look.problem === null ? `${look.table} was counted.` : `${look.table} could not be counted.`)
    },
  })
}

function TableFacts({ definition, look }: { definition: Definition; look: TableLook | null }) {
  const { key, origin, source, table, database, rows, lastLoadedAt, usedBy } = listedTable(definition)
  const bytes = definition.status.bytes
  const count = look?.rows ?? rows
  return (
    <>
      <dl className={classes.strip}>
        <Fact name="Name in SQL">
          <code>{table}</code>
        </Fact>
        {database !== null && key !== table && <Fact name="Database">{database}</Fact>}
        <Fact name="Source">{source === null ? origin : `${origin}, ${source}`}</Fact>
        {typeof bytes === 'number' && <Fact name="File">{bytesText(bytes)}</Fact>}
        <Fact name="Rows">{count === null ? 'not counted' : figure(count)}</Fact>
        <Fact name="Last loaded">{lastLoadedAt === null ? 'not known' : <Moment at={lastLoadedAt} />}</Fact>
        {look !== null && (
          <Fact name="Counted">
            <Moment at={look.looked_at} />
          </Fact>
        )}
        <Fact name="Defined in">{definition.source === 'git' ? 'deskside.yml' : 'Deskside, by an upload'}</Fact>
        <Fact name="Used by">
          <UsedBy of={usedBy} none="nothing" />
        </Fact>
      </dl>
      {look !== null && look.problem !== null && (
        <Text size="sm" role="status">
          The figures are missing: the table could not be read to its end (<code>{look.problem}</code>). All its columns
          count as personal until then.
        </Text>
      )}
    </>
  )
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

interface ActionsProps {
  definition: Definition
  columns: readonly string[]
  refresh: Refresh
}

function Actions({ definition, columns, refresh }: ActionsProps) {
  const [search, setSearch] = useSearchState()
  const mayUpload = useMay('table:upload') && definition.source === 'ui'
  const navigate = useNavigate()
  const deletion = useDeletion('/tables', {
    noun: 'table',
    what: 'Nothing reads it. Its file goes, and with it what was said of its columns.',
    onDeleted: () => navigate({ to: '/customer-360' }),
  })
  const { key } = definition
  const { table } = listedTable(definition)
  return (
    <>
      <Button
        variant="default"
        leftSection={<RefreshCw size={14} aria-hidden />}
        loading={refresh.isPending}
        onClick={() => refresh.mutate({ params: { key } }, { onError: saidProblem })}
      >
        Count anew
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label="More actions" size={30} variant="default">
            <Ellipsis size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<Copy size={14} aria-hidden />}
            disabled={columns.length === 0}
            onClick={() => void copyText(selectOf(table, columns), 'SELECT')}
          >
            Copy a SELECT
          </Menu.Item>
          <Menu.Item leftSection={<Copy size={14} aria-hidden />} onClick={() => void copyText(table, 'Name')}>
            Copy the name
          </Menu.Item>
          {mayUpload && (
            <>
              <Menu.Divider />
              <Menu.Item
                leftSection={<Upload size={14} aria-hidden />}
                onClick={() => setSearch({ upload: 'replace' })}
              >
                Replace the content
              </Menu.Item>
              <Menu.Item
                c="var(--deskside-bad)"
                leftSection={<Trash2 size={14} aria-hidden />}
                onClick={() => void deletion.ask(definition)}
              >
                Delete table
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {mayUpload && search.upload === 'replace' && (
        <UploadDialog replaces={definition} onClose={() => setSearch({ upload: undefined })} />
      )}
    </>
  )
}
