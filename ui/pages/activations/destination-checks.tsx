import { Button, List, Stack, Text, Title } from '@mantine/core'
import { useMay } from '../../api/me.ts'
import type { FieldPlanInput } from '../../api/operations.ts'
import { useCall } from '../../api/use.ts'
import { said } from '../../parts/dialogs.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { counted } from '../../parts/values.tsx'
import { words } from './settings-fields.tsx'

/** Whether the account can be reached and may be written, stage by stage. */
export function ConnectionTest({ of }: { of: string }) {
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
      {test.isPending && (
        <Text size="sm" role="status" mt="xs">
          Testing the connection…
        </Text>
      )}
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

/** Which user fields the account lacks, and the button that makes them. */
export function Fields({ of }: { of: string }) {
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
                {words(one.change)} {one.key}
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
