import { List, Stack, Text } from '@mantine/core'
import { useGet } from '../../../api/use.ts'
import { WithAnswer } from '../../../parts/answer.tsx'
import { rightsByGroup } from './right-groups.ts'

/** What actions allow, in words and in groups. */
export function Rights({ of }: { of: readonly string[] }) {
  const actions = useGet('GET /actions')
  if (of.length === 0) return <Text size="sm">Nothing.</Text>
  return (
    <WithAnswer of={actions} loading="Reading what rights there are" rows={4}>
      {({ items }) => (
        <Stack gap="sm">
          {rightsByGroup(items, of).map(({ group, rights }) => (
            <div key={group}>
              <Text size="sm" fw={600}>
                {group}
              </Text>
              <List size="sm" spacing={2}>
                {rights.map(({ action, description }) => (
                  <List.Item key={action}>{description}</List.Item>
                ))}
              </List>
            </div>
          ))}
        </Stack>
      )}
    </WithAnswer>
  )
}
