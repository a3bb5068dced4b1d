import { Skeleton, Stack, VisuallyHidden } from '@mantine/core'
import { useEffect, useState } from 'react'

/** The shape of what comes, after 150 ms so that a quick answer does not flicker; in words for those who listen, and for all after 2 s. */
export function Loading({ what, rows = 6 }: { what: string; rows?: number }) {
  const isLate = useAfter(150)
  const isLong = useAfter(2_000)
  return (
    <Stack gap={8} aria-busy="true" role="status" mih={rows * 36}>
      {isLong ? <span>{what}…</span> : <VisuallyHidden>{what}…</VisuallyHidden>}
      {isLate &&
        Array.from({ length: rows }, (_, row) => `${96 - (row % 3) * 12}%`).map((width, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines without content have nothing else
          <Skeleton key={row} height={28} radius={4} width={width} />
        ))}
    </Stack>
  )
}

function useAfter(delayMs: number): boolean {
  const [isAfter, setAfter] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setAfter(true), delayMs)
    return () => clearTimeout(timer)
  }, [delayMs])
  return isAfter
}
