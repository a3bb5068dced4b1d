import { Group, Loader, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { duration } from './values.tsx'

/** Something that takes a while, in words, with how long it has taken so far. */
export function Elapsed({ what }: { what: string }) {
  return (
    <Group gap="xs" mih={36} wrap="nowrap">
      <Loader size={14} aria-hidden style={{ flex: 'none' }} />
      <Text size="sm" role="status">
        {what}…
      </Text>
      <ElapsedTime />
    </Group>
  )
}

/** How long something takes, from when this is shown; nothing in its first second. */
export function ElapsedTime() {
  const [sinceMs] = useState(() => Date.now())
  const [nowMs, setNowMs] = useState(sinceMs)
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  if (nowMs - sinceMs < 1_000) return null
  return (
    <Text size="sm" c="dimmed" aria-hidden style={{ flex: 'none', fontVariantNumeric: 'tabular-nums' }}>
      {duration(nowMs - sinceMs)}
    </Text>
  )
}
