import { Alert, Badge, Button, Group, Stack, Tabs, Text, Title } from '@mantine/core'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useMemo } from 'react'
import { pathOf } from '../../api/call.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { confirm, said, saidProblem } from '../../parts/dialogs.tsx'
import { Facts } from '../../parts/facts.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { RowsGrid } from '../../parts/rows-grid.tsx'
import type { Kind, RuleGroup } from '../../parts/rules/model.ts'
import { RulesInWords } from '../../parts/rules/rules-in-words.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { SqlText } from '../../parts/sql/sql.tsx'
import { Moment } from '../../parts/values.tsx'
import { Versions } from '../../parts/versions.tsx'
import { Check } from './check.tsx'
import { CountCard } from './count-card.tsx'
import { toDraft } from './draft.ts'
import { SegmentEditor } from './editor.tsx'
import classes from './segments.module.css'
import { useLive } from './use-live.ts'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

export function Segment() {
  const { key } = useParams({ strict: false }) as { key: string }
  const segment = useGet('GET /segments/{key}', { params: { key } })
  return (
    <WithAnswer of={segment} loading="Reading the segment">
      {(of) => <Shown of={of} />}
    </WithAnswer>
  )
}

function Shown({ of }: { of: Definition }) {
  const [search, setSearch] = useSearchState()
  const isGit = of.source === 'git'
  const mayEdit = useMay('segment:write') && !isGit
  const name = text(of.body.name) || of.key
  const isEditing = search.tab === 'edit' && mayEdit
  return (
    <>
      <PageHead
        title={name}
        about={text(of.body.description) || undefined}
        beside={<Badge variant="default">{'sql' in of.body ? 'SQL' : 'Visual'}</Badge>}
        actions={!isEditing && <Actions of={of} name={name} mayEdit={mayEdit} />}
      />
      {isGit && (
        <Alert variant="light" color="gray" mb="md">
          It comes from deskside.yml: change it there, and bring it here with deskside apply. A copy can be edited here.
        </Alert>
      )}
      {isEditing ? (
        <Editing of={of} onDone={() => setSearch({ tab: undefined })} />
      ) : (
        <SegmentTabs of={of} mayEdit={mayEdit} />
      )}
    </>
  )
}

/** What was begun stays what it was, whoever else saves meanwhile. */
function Editing({ of, onDone }: { of: Definition; onDone: () => void }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const begun = useMemo(() => ({ of, draft: toDraft(of.body) }), [of.key])
  return <SegmentEditor begun={begun.draft} of={begun.of} onSaved={onDone} onLeave={onDone} />
}

function Actions({ of, name, mayEdit }: { of: Definition; name: string; mayEdit: boolean }) {
  const navigate = useNavigate()
  const mayWrite = useMay('segment:write')
  const mayDownload = [useMay('data:download'), useMay('query:run')].every(Boolean)
  const [, setSearch] = useSearchState()
  const copying = useCall('POST /segments/{key}/clone', {
    stale: ['/segments'],
    onDone: ({ key }) => void navigate({ to: '/segments/$key', params: { key }, search: { tab: 'edit' } }),
  })
  const deleting = useCall('DELETE /segments/{key}', {
    stale: ['/segments'],
    onDone: () => {
      said('The segment is deleted.')
      void navigate({ to: '/segments' })
    },
  })
  const remove = async () => {
    const used = of.used_by.map((one) => one.replace('/', ' '))
    const what =
      used.length > 0
        ? `It is used by ${used.join(', ')}, and cannot be deleted as long as it is.`
        : 'It is used by nothing. Its versions stay.'
    if (!(await confirm({ title: `Delete ${name}`, what, verb: 'Delete segment', hurts: true }))) return
    deleting.mutate({ params: { key: of.key }, ifVersion: of.version }, { onError: saidProblem })
  }
  return (
    <>
      {mayEdit && <Button onClick={() => setSearch({ tab: 'edit' }, true)}>Edit</Button>}
      {mayWrite && (
        <Button
          variant="default"
          loading={copying.isPending}
          onClick={() =>
            copying.mutate({ params: { key: of.key }, body: { name: `${name} (copy)` } }, { onError: saidProblem })
          }
        >
          Copy
        </Button>
      )}
      {mayDownload && (
        <Button
          variant="default"
          component="a"
          href={pathOf('GET /segments/{key}/download', { params: { key: of.key } })}
          download
        >
          Download
        </Button>
      )}
      {mayEdit && (
        <Button variant="subtle" color="red" onClick={() => void remove()}>
          Delete
        </Button>
      )}
    </>
  )
}

function SegmentTabs({ of, mayEdit }: { of: Definition; mayEdit: boolean }) {
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
          <Check segment={of.key} />
        </Tabs.Panel>
      )}
      <Tabs.Panel value="versions">
        <Versions path="segments" definition={of} mayRestore={mayEdit} />
      </Tabs.Panel>
    </Tabs>
  )
}

function Summary({ of }: { of: Definition }) {
  const { body } = of
  const live = useLive('POST /segments/count', 'sql' in body ? null : body)
  const columns = useGet('GET /attributes-tables/{key}/columns', { params: { key: text(body.attributes) } })
  const kinds = new Map<string, Kind>(
    (columns.data?.items ?? []).map(({ column, kind }) => [column.toLowerCase(), kind]),
  )
  const exclude = body.exclude as RuleGroup | undefined
  return (
    <div className={classes.editor}>
      <Stack gap="md">
        {'include' in body ? (
          <>
            <Title order={2}>Who is in it</Title>
            <RulesInWords of={body.include as RuleGroup} kinds={kinds} empty="Everybody in the attributes table." />
            <Title order={2}>Who is left out</Title>
            <RulesInWords of={exclude ?? { combinator: 'and', rules: [] }} kinds={kinds} empty="Nobody." />
          </>
        ) : (
          <SqlText sql={text(body.text)} label="SQL of the segment" />
        )}
        <Facts
          of={[
            ['Attributes table', text(body.attributes)],
            ['Delivers', Array.isArray(body.fields) ? body.fields.join(', ') : 'all columns'],
            ['Folder', text(body.folder) || '—'],
            ['Last edited', <Moment key="at" at={of.updated_at} />],
            ['Version', String(of.version)],
          ]}
        />
        <SentTo of={of} />
      </Stack>
      <div className={classes.side}>
        {'sql' in body ? <CountSaved segment={of.key} /> : <CountCard live={live} why={null} />}
      </div>
    </div>
  )
}

function CountSaved({ segment }: { segment: string }) {
  const { mutate, data, error, isPending } = useCall('POST /segments/count')
  const live = { answer: data ?? null, problem: error, isBusy: isPending }
  return (
    <Stack gap="xs">
      <CountCard live={live} why={null} />
      <Button variant="default" disabled={isPending} onClick={() => mutate({ body: { key: segment } })}>
        Count
      </Button>
    </Stack>
  )
}

function SentTo({ of }: { of: Definition }) {
  const mayRead = useMay('orchestration:read')
  const mayWrite = useMay('orchestration:write')
  const keys = of.used_by.flatMap((one) =>
    one.startsWith('orchestration/') ? [one.slice('orchestration/'.length)] : [],
  )
  return (
    <Stack gap={6} component="section" aria-label="Sent by">
      <Title order={2}>Sent by</Title>
      {keys.length === 0 && <Text size="sm">No orchestration sends it.</Text>}
      {keys.map((key) =>
        mayRead ? (
          <Link key={key} to="/orchestrations/$key" params={{ key }}>
            {key}
          </Link>
        ) : (
          <Text key={key} size="sm">
            {key}
          </Text>
        ),
      )}
      {mayWrite && (
        <Group>
          <Button variant="default" component={Link} to={`/activations?new=${of.key}&kind=segment`}>
            Send it
          </Button>
        </Group>
      )}
    </Stack>
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
