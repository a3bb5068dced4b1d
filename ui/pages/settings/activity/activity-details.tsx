import { Anchor, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ActivityEntry } from '../../../api/operations.ts'
import { useGet } from '../../../api/use.ts'
import { FieldValue } from '../../../parts/difference.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { StateBadge } from '../../../parts/state-badge.tsx'
import { Moment } from '../../../parts/values.tsx'

/** One line of the log, with everything that is written down. */
export function ActivityDetails({ of }: { of: ActivityEntry }) {
  const { data } = useGet('GET /actions')
  const meaning = data?.items.find(({ action }) => action === of.action)?.description
  const detail = Object.entries(of.detail)
  return (
    <Stack gap="md">
      {meaning !== undefined && <Text size="sm">{meaning}</Text>}
      <Facts
        of={[
          [
            'Outcome',
            of.allowed ? (
              <StateBadge key="o" state="passed" word="Allowed" />
            ) : (
              <StateBadge key="o" state="error" word="Denied" />
            ),
          ],
          ['When', <Moment key="at" at={of.at} />],
          ['Who', of.actor_name || of.actor],
          ['Id of who', <Narrowed key="who" name="who" value={of.actor} />],
          ['Object', <Narrowed key="object" name="object" value={of.object} />],
          ['Network address', of.address || '—'],
          ['Program', of.agent || '—'],
        ]}
      />
      {detail.length > 0 && (
        <Facts
          of={detail.map(
            ([name, value]) => [name.replaceAll('_', ' '), <FieldValue key={name} value={value as string} />] as const,
          )}
        />
      )}
    </Stack>
  )
}

/** A value that leads to everything of the log that has it. */
function Narrowed({ name, value }: { name: 'who' | 'object'; value: string }) {
  return (
    <Anchor component={Link} to="/settings/activity" search={{ [name]: value } as never} inherit>
      {value}
    </Anchor>
  )
}
