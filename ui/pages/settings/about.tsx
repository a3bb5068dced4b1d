import { Anchor, Button, Group, List, Text } from '@mantine/core'
import { useMay } from '../../api/me.ts'
import type { AppliedChanges } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { confirm, said } from '../../parts/dialogs.tsx'
import { Facts } from '../../parts/facts.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { counted, Figure, Moment } from '../../parts/values.tsx'
import { SectionHead } from './parts/section-head.tsx'
import { SettingsPage } from './parts/settings-page.tsx'

/** This server: version, project, figures, and what waits in deskside.yml. */
export function About() {
  const mayReadServer = useMay('server:read')
  const mayReadProject = useMay('project:read')
  return (
    <SettingsPage
      title="About"
      about="Deskside keeps the people of a Zendesk account in step with a customer 360 database."
    >
      {mayReadServer && <Server />}
      {mayReadProject && <Changes />}
      <SectionHead title="To read" />
      <List size="sm" spacing={4}>
        <List.Item>
          <Anchor href="/api/docs">Reference of the API</Anchor>
        </List.Item>
        <List.Item>
          <Anchor href="/api/docs/json">OpenAPI document</Anchor>
        </List.Item>
        <List.Item>The guides come with the package, in docs/guide.</List.Item>
        <List.Item>Deskside is open source. Its licence comes with the package, in the file LICENSE.</List.Item>
      </List>
    </SettingsPage>
  )
}

function Server() {
  const figures = useGet('GET /figures', {}, { everyMs: 10_000 })
  const mayReadProject = useMay('project:read')
  const { data: project } = useGet('GET /project', {}, { enabled: mayReadProject })
  return (
    <WithAnswer of={figures} loading="Reading the figures of the server">
      {({ version, started_at: startedAt, workflows, delivered, requests }) => (
        <Facts
          of={[
            ['Version', version],
            project === undefined ? null : ['Project', String(project.body.name ?? project.key)],
            ['Started', <Moment key="started" at={startedAt} />],
            ['Workflows', `${counted(workflows.running, 'workflow')} running, ${workflows.waiting} waiting`],
            [
              'Since the start',
              <Group key="delivered" gap="lg">
                <span>
                  <Figure value={delivered.created} /> created
                </span>
                <span>
                  <Figure value={delivered.updated} /> updated
                </span>
                <span>
                  <Figure value={delivered.rejected} /> rejected
                </span>
                <span>
                  <Figure value={delivered.failed} /> failed
                </span>
              </Group>,
            ],
            ['Requests to Zendesk', <Figure key="requests" value={requests} />],
          ]}
        />
      )}
    </WithAnswer>
  )
}

function Changes() {
  const changes = useGet('GET /apply')
  const mayApply = useMay('project:apply')
  return (
    <>
      <SectionHead
        title="Changes in deskside.yml"
        about="What the file has and the server does not work with yet."
        actions={
          mayApply && changes.data !== undefined && changes.data.changes.length > 0 && <Apply of={changes.data} />
        }
      />
      <WithAnswer of={changes} loading="Comparing deskside.yml with what the server has" rows={2}>
        {({ changes: all }) =>
          all.length === 0 ? (
            <Text size="sm">None. The server works with what deskside.yml says.</Text>
          ) : (
            <DataTable
              label="Changes in deskside.yml"
              rows={all}
              columns={columns}
              rowKey={({ kind, key }) => `${kind}/${key}`}
            />
          )
        }
      </WithAnswer>
    </>
  )
}

type Change = AppliedChanges['changes'][number]
const words = { create: 'Add', update: 'Change', delete: 'Delete' } as const

const columns: TableColumn<Change>[] = [
  { key: 'change', head: 'Change', cell: ({ change }) => words[change], sortBy: ({ change }) => change },
  { key: 'kind', head: 'Kind', rank: 2, cell: ({ kind }) => kind.replaceAll('_', ' '), sortBy: ({ kind }) => kind },
  { key: 'key', head: 'Key', cell: ({ key }) => key, sortBy: ({ key }) => key },
  { key: 'fields', head: 'Fields', rank: 2, cell: ({ fields }) => fields.join(', ') || '—' },
]

function Apply({ of: { changes, revision } }: { of: AppliedChanges }) {
  const apply = useCall('POST /apply', {
    stale: [''],
    onDone: ({ changes: done }) => said(`${counted(done.length, 'change')} of deskside.yml came to the server.`),
  })
  const deleted = changes.filter(({ change }) => change === 'delete').length
  const ask = async () => {
    const what = `${counted(changes.length, 'change')} come to the server: all of them, or none.${deleted > 0 ? ` ${counted(deleted, 'object')} among them ${deleted === 1 ? 'is' : 'are'} deleted.` : ''} The next run works with them.`
    if (
      await confirm({
        title: 'Apply deskside.yml',
        what,
        verb: `Apply ${counted(changes.length, 'change')}`,
        hurts: deleted > 0,
      })
    )
      apply.mutate({ body: { revision } })
  }
  return (
    <div>
      <Button loading={apply.isPending} onClick={() => void ask()}>
        Apply
      </Button>
      {apply.error !== null && <ProblemCard problem={apply.error.problem} />}
    </div>
  )
}
