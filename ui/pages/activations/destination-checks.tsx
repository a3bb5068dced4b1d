import { Button, List, Stack, Text, Title } from '@mantine/core'
import { useMay } from '../../api/me.ts'
import type { FieldPlanInput } from '../../api/operations.ts'
import { useCall } from '../../api/use.ts'
import { ConnectionStages } from '../../parts/connection-test.tsx'
import { said } from '../../parts/dialogs.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { useConnectionTest } from '../../parts/use-connection-test.ts'
import { counted } from '../../parts/values.tsx'
import { words } from './maps.ts'

/** Whether the account can be reached and may be written, stage by stage; shown at once for what was just saved. */
export function ConnectionTest({ of, isSaved }: { of: string; isSaved: boolean }) {
  const mayTest = useMay('destination:test')
  const test = useConnectionTest('destinations', mayTest && isSaved ? of : null)
  if (!mayTest) return null
  return (
    <section aria-label="Connection">
      <Title order={2} mb="xs">
        Connection
      </Title>
      <Stack gap="sm" maw={640}>
        <Button
          variant="default"
          style={{ alignSelf: 'start' }}
          loading={test.isTesting}
          onClick={() => void test.begin(of)}
        >
          Test connection
        </Button>
        <ConnectionStages of={test} />
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
