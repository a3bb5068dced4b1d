import { Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'

interface StepFrameProps {
  title: string
  about: ReactNode
  children: ReactNode
}

/** One step; its title takes the focus when the step before is done. */
export function StepFrame({ title, about, children }: StepFrameProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  return (
    <Stack maw={820} gap="md">
      <div>
        <Title order={2} ref={heading} tabIndex={-1} style={{ outline: 'none' }}>
          {title}
        </Title>
        <Text size="sm" c="dimmed" maw="75ch" component="div">
          {about}
        </Text>
      </div>
      {children}
    </Stack>
  )
}
