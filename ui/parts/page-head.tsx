import { Box, Group, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'

interface PageHeadProps {
  title: string
  /** A sentence on what the page is for, or what the object is. */
  about?: ReactNode
  /** Beside the title: a state, a badge. */
  beside?: ReactNode
  /** The one main action first, a menu last. */
  actions?: ReactNode
}

/** The head of every page. The title takes the focus when the place changes, so that a screen reader says where one is. */
export function PageHead({ title, about, beside, actions }: PageHeadProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Deskside`
  }, [title])
  useEffect(() => {
    // Not away from a field that the page itself has put the focus into.
    if (document.activeElement === document.body || document.activeElement?.closest('nav')) heading.current?.focus()
  }, [])
  return (
    <Group justify="space-between" align="flex-start" gap="sm" mb="md" wrap="wrap">
      <Box style={{ minWidth: 0 }}>
        <Group gap="sm" align="center">
          <Title order={1} ref={heading} tabIndex={-1} style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Title>
          {beside}
        </Group>
        {about !== undefined && (
          <Text c="dimmed" size="sm" maw="75ch" component="div">
            {about}
          </Text>
        )}
      </Box>
      {actions !== undefined && <Group gap="xs">{actions}</Group>}
    </Group>
  )
}
