import { Anchor, Group, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useId } from 'react'

interface SectionProps {
  title: string
  more?: { to: string; text: string }
  children: ReactNode
}

export function Section({ title, more, children }: SectionProps) {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <Group justify="space-between" mb="xs">
        <Title order={2} id={id}>
          {title}
        </Title>
        {more !== undefined && (
          <Anchor component={Link} to={more.to} size="sm">
            {more.text}
          </Anchor>
        )}
      </Group>
      {children}
    </section>
  )
}
