import { Button, List, Menu, Stack, Text, Title } from '@mantine/core'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useMay } from '../../api/me.ts'
import type { Definition, FieldPlanInput } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { confirm, said, saidProblem } from '../../parts/dialogs.tsx'
import { Facts } from '../../parts/facts.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { StateBadge } from '../../parts/state-badge.tsx'
import { counted } from '../../parts/values.tsx'
import { DestinationForm } from './destination-form.tsx'
import { nameOf } from './objects.ts'

/** One destination: its settings, whether it can be reached, its user fields, and what uses it. */
export function Destination() {
  const { key = '' } = useParams({ strict: false })
  const found = useGet('GET /destinations/{key}', { params: { key } })
  return (
    <WithAnswer of={found} loading="Reading the destination">
      {(destination) => <Page of={destination} />}
    </WithAnswer>
  )
}

function Page({ of }: { of: Definition }) {
  const [search, setSearch] = useSearchState()
  const mayWrite = useMay('destination:write') && of.source === 'ui'
  const isEditing = mayWrite && search.edit !== undefined
  return (
    <>
      <PageHead
        title={nameOf(of)}
        about={String(of.body.description ?? '')}
        actions={
          <>
            {mayWrite && !isEditing && <Button onClick={() => setSearch({ edit: 'yes' }, true)}>Edit</Button>}
            <Actions of={of} />
          </>
        }
      />
      <Stack gap="xl">
        {isEditing ? <Edit of={of} onEnd={() => setSearch({ edit: undefined })} /> : <Settings of={of} />}
        <ConnectionTest of={of.key} />
        <Fields of={of.key} />
      </Stack>
    </>
  )
}

function Settings({ of }: { of: Definition }) {
  const {
    plugin: _,
    name: __,
    description: ___,
    user_fields: ____,
    admin_only: adminOnly,
    limited_pii: limited,
    ...rest
  } = of.body
  return (
    <Facts
      of={[
        ...Object.entries(rest).map(
          ([name, value]) =>
            [name.replaceAll('_', ' '), typeof value === 'object' ? JSON.stringify(value) : String(value)] as const,
        ),
        [
          'Who may use it',
          adminOnly === true ? 'Operators and administrators only' : 'Everybody who runs orchestrations',
        ],
        ['Restricted users', limited === true ? 'may send here, without seeing values' : 'may not send here'],
        ['Used by', of.used_by.length === 0 ? 'Nothing' : of.used_by.join(', ')],
        ['Comes from', of.source === 'git' ? 'deskside.yml: change it there and apply it' : 'This server'],
      ]}
    />
  )
}

function Edit({ of, onEnd }: { of: Definition; onEnd: () => void }) {
  const plugins = useGet('GET /plugins')
  const save = useCall('PUT /destinations/{key}', {
    stale: ['/destinations'],
    onDone: () => {
      said('The connection works, and the destination is saved.')
      onEnd()
    },
  })
  return (
    <WithAnswer of={plugins} loading="Reading the settings of the plugin">
      {({ items }) => (
        <DestinationForm
          initial={of.body}
          settings={items.find(({ key }) => key === of.body.plugin)?.settings ?? {}}
          verb="Save"
          isSaving={save.isPending}
          problem={save.error?.problem ?? null}
          onSave={(body) => save.mutate({ params: { key: of.key }, body: { body }, ifVersion: of.version })}
          onCancel={onEnd}
        />
      )}
    </WithAnswer>
  )
}

function Actions({ of }: { of: Definition }) {
  const navigate = useNavigate()
  const mayWrite = useMay('destination:write')
  const mayForget = useMay('destination:forget')
  const stale = ['/destinations']
  const params = { key: of.key }
  const onError = saidProblem
  const clone = useCall('POST /destinations/{key}/clone', {
    stale,
    onDone: ({ key }) => void navigate({ to: '/destinations/$key', params: { key } }),
  })
  const forget = useCall('POST /destinations/{key}/forget', {
    onDone: ({ forgotten }) => said(`${counted(forgotten, 'person', 'people')} forgotten.`),
  })
  const remove = useCall('DELETE /destinations/{key}', {
    stale,
    onDone: () => void navigate({ to: '/activations/destinations' }),
  })
  if (!mayWrite && !mayForget) return null
  const askForget = async () => {
    const what =
      'What was delivered to this account is forgotten. Zendesk is not touched; the next run sends everybody again.'
    if (await confirm({ title: `Forget ${nameOf(of)}`, what, verb: 'Forget', hurts: true }))
      forget.mutate({ params }, { onError })
  }
  const askRemove = async () => {
    const what =
      of.used_by.length > 0
        ? `It is used by ${of.used_by.join(', ')}: delete or change those first.`
        : 'Nothing uses it. The account and its people stay.'
    if (await confirm({ title: `Delete ${nameOf(of)}`, what, verb: 'Delete destination', hurts: true }))
      remove.mutate({ params, ifVersion: of.version }, { onError })
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default">Actions</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {mayWrite && (
          <Menu.Item onClick={() => clone.mutate({ params, body: { name: `Copy of ${nameOf(of)}` } }, { onError })}>
            Clone
          </Menu.Item>
        )}
        {mayForget && <Menu.Item onClick={() => void askForget()}>Forget what was delivered</Menu.Item>}
        {mayWrite && of.source === 'ui' && (
          <Menu.Item color="red" onClick={() => void askRemove()}>
            Delete
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}

function ConnectionTest({ of }: { of: string }) {
  const mayTest = useMay('destination:test')
  const test = useCall('POST /destinations/{key}/test')
  if (!mayTest) return null
  return (
    <section aria-label="Connection">
      <Title order={2} mb="xs">
        Connection
      </Title>
      <Button variant="default" loading={test.isPending} onClick={() => test.mutate({ params: { key: of } })}>
        Test connection
      </Button>
      {test.error !== null && <ProblemCard problem={test.error.problem} />}
      <Stack gap={4} mt="sm" role="status">
        {test.data?.stages.map(({ stage, title, outcome, detail, problem }) => (
          <Text key={stage} size="sm" component="div">
            <StateBadge state={outcome === 'ok' ? 'passed' : outcome === 'note' ? 'warning' : 'failed'} word={title} />{' '}
            {detail}
            {problem !== null && <ProblemCard problem={problem} />}
          </Text>
        ))}
      </Stack>
    </section>
  )
}

function Fields({ of }: { of: string }) {
  const mayApply = useMay('destination:fields')
  const plan = useCall('POST /destinations/{key}/fields/plan')
  const apply = useCall('POST /destinations/{key}/fields/apply', {
    onDone: ({ applied }) => {
      said(`${counted(applied, 'change')} applied.`)
      plan.reset()
    },
  })
  const found = plan.data
  return (
    <section aria-label="User fields">
      <Title order={2} mb="xs">
        User fields
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        Compares the fields that this destination declares with those of the account. Nothing is removed.
      </Text>
      <Button variant="default" loading={plan.isPending} onClick={() => plan.mutate({ params: { key: of } })}>
        Compare fields
      </Button>
      {(plan.error ?? apply.error) !== null && <ProblemCard problem={(plan.error ?? apply.error)!.problem} />}
      {found !== undefined && (
        <Stack gap="xs" mt="sm" role="status">
          {found.changes.length + found.conflicts.length === 0 && (
            <Text size="sm">The account has every declared field.</Text>
          )}
          <List size="sm">
            {found.changes.map((one) => (
              <List.Item key={JSON.stringify(one)}>
                {one.change.replaceAll('_', ' ')} {one.key}
              </List.Item>
            ))}
            {found.conflicts.map(({ key, reason, fix }) => (
              <List.Item key={key + reason}>
                {key}: {reason} {fix}
              </List.Item>
            ))}
          </List>
          {mayApply && found.changes.length > 0 && found.conflicts.length === 0 && (
            <Button
              style={{ alignSelf: 'start' }}
              loading={apply.isPending}
              onClick={() => apply.mutate({ params: { key: of }, body: found as unknown as FieldPlanInput })}
            >
              Apply {counted(found.changes.length, 'change')}
            </Button>
          )}
        </Stack>
      )}
    </section>
  )
}
