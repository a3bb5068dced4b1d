import { Box, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'

/** Why there is nothing, and the one action that changes that. */
export function EmptyState({ why, action }: { why: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="flex-start" gap="sm" py="xl">
      <Text c="dimmed" maw="60ch" component="div">
        {why}
      </Text>
      {action !== undefined && <Box>{action}</Box>}
    </Stack>
  )
}
