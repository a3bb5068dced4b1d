import { Group, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

/** The head of a part of a page. */
export function SectionHead({ title, about, actions }: { title: string; about?: ReactNode; actions?: ReactNode }) {
  return (
    <Group justify="space-between" align="flex-end" gap="sm" mt="xl" mb="sm">
      <div>
        <Title order={2}>{title}</Title>
        {about !== undefined && (
          <Text c="dimmed" size="sm" maw="75ch" component="div">
            {about}
          </Text>
        )}
      </div>
      {actions}
    </Group>
  )
}
