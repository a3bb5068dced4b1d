import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { nameOf } from '../../../api/definition.ts'
import { useMay } from '../../../api/me.ts'
import type { Definition } from '../../../api/operations.ts'
import { useCall } from '../../../api/use.ts'
import { ConnectionStages } from '../../../parts/connection-test.tsx'
import { confirm, said, saidProblem } from '../../../parts/dialogs.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { ProblemCard } from '../../../parts/problem-card.tsx'
import { useConnectionTest } from '../../../parts/use-connection-test.ts'
import { Moment } from '../../../parts/values.tsx'
import { CredentialState, statusOf } from './state.tsx'
import type { CredentialType } from './types.ts'

interface CredentialDetailsProps {
  of: Definition
  types: readonly CredentialType[]
  /** Just now, and it is used: what its test finds is shown at once. */
  isSaved: boolean
  onEdit: () => void
  onHandOver: () => void
  onDeleted: () => void
}

export function CredentialDetails({ of, types, isSaved, onEdit, onHandOver, onDeleted }: CredentialDetailsProps) {
  const type = types.find((one) => one.type === of.body.type)
  const { problem, checked_at: checkedAt, last_used_at: lastUsedAt, notes } = statusOf(of)
  const mayWrite = useMay('credential:write') && of.source === 'ui'
  const mayTest = useMay('destination:test')
  const test = useConnectionTest('credentials', mayTest && isSaved ? of.key : null)
  // What a test finds is what the server knows from then on, and stands at its stage.
  const isTold = test.stages?.some(({ found }) => found?.problem) ?? false
  return (
    <Stack gap="md">
      {problem !== null && !isTold && <ProblemCard problem={problem} />}
      <Facts
        of={[
          ['State', <CredentialState key="state" of={of} />],
          ['Type', type?.title ?? String(of.body.type)],
          of.body.description ? ['Description', String(of.body.description)] : null,
          ...(type?.fields ?? []).map(
            ({ name, title, isSecret }) =>
              [title, isSecret ? secretText(of, name) : String(of.body[name] ?? '—')] as const,
          ),
          ['Used by', <UsedBy key="used" of={of.used_by} />],
          ['Last used', <Moment key="last" at={lastUsedAt} />],
          ['Looked at', <Moment key="checked" at={checkedAt} />],
          ['Last updated', <Moment key="updated" at={of.updated_at} />],
          ['Key', <code key="key">{of.key}</code>],
        ]}
      />
      {notes.map((note) => (
        <Text key={note} size="sm">
          {note}
        </Text>
      ))}
      {of.source === 'git' && (
        <Text size="sm" c="dimmed">
          It comes from deskside.yml. Change it there and bring it to the server, by deskside apply or in{' '}
          <Anchor component={Link} to="/settings/about" underline="always">
            About
          </Anchor>
          .
        </Text>
      )}
      {mayWrite && (
        <Group gap="xs">
          <Button onClick={onEdit}>Edit</Button>
          <Button variant="default" onClick={onHandOver}>
            Make a link for its secret
          </Button>
          <Delete of={of} onDeleted={onDeleted} />
        </Group>
      )}
      {mayTest && <Test of={of.key} test={test} />}
    </Stack>
  )
}

function secretText(of: Definition, name: string): string {
  if (of.secrets.includes(name)) return 'is set'
  return typeof of.body[name] === 'string' ? `${of.body[name]}, of the server’s environment` : 'is not set'
}

/** Destinations that use it, as links. */
export function UsedBy({ of }: { of: readonly string[] }) {
  if (of.length === 0) return <>nothing</>
  return (
    <>
      {of.map((object, position) => {
        const [kind, key = ''] = object.split('/')
        return (
          <span key={object}>
            {position > 0 && ', '}
            {kind === 'destination' ? (
              <Anchor component={Link} to="/destinations/$key" params={{ key } as never} underline="always" inherit>
                {key}
              </Anchor>
            ) : (
              object
            )}
          </span>
        )
      })}
    </>
  )
}

function Delete({ of, onDeleted }: { of: Definition; onDeleted: () => void }) {
  const remove = useCall('DELETE /credentials/{key}', {
    stale: ['/credentials', '/hand-overs'],
    onDone: () => {
      said(`${nameOf(of)} is deleted.`)
      onDeleted()
    },
  })
  const isUsed = of.used_by.length > 0
  const ask = async () => {
    const what = 'Its secret is deleted with it. Open links for it end.'
    if (await confirm({ title: `Delete ${nameOf(of)}`, what, verb: 'Delete credential', hurts: true }))
      remove.mutate({ params: { key: of.key }, ifVersion: of.version }, { onError: saidProblem })
  }
  if (isUsed)
    return (
      <Text size="sm" c="dimmed">
        It cannot be deleted while <UsedBy of={of.used_by} /> uses it.
      </Text>
    )
  return (
    <Button variant="default" c="var(--deskside-bad)" onClick={() => void ask()} loading={remove.isPending}>
      Delete
    </Button>
  )
}

function Test({ of, test }: { of: string; test: ReturnType<typeof useConnectionTest> }) {
  return (
    <Stack gap="xs">
      <Button
        variant="default"
        style={{ alignSelf: 'start' }}
        loading={test.isTesting}
        onClick={() => void test.begin(of)}
      >
        Test the connection
      </Button>
      <ConnectionStages of={test} />
    </Stack>
  )
}
