import { List, Text } from '@mantine/core'
import { ObjectLink } from './object-link.tsx'

/** What uses an object, each as a link. */
export function UsedBy({ of, none = 'Nothing uses it.' }: { of: readonly string[]; none?: string }) {
  if (of.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {none}
      </Text>
    )
  return (
    <List size="sm" listStyleType="none" spacing={4}>
      {of.map((name) => (
        <List.Item key={name}>
          <ObjectLink name={name} hasKind />
        </List.Item>
      ))}
    </List>
  )
}
