import { Button, Group, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { ApiProblem, call } from '../../api/call.ts'
import { saidProblem } from '../../parts/dialogs.tsx'
import { counted } from '../../parts/values.tsx'

interface Counting {
  title: string
  done: number
  total: number
}

/** Looks at the tables that nobody has looked at, one after the other, for as long as the page is open. */
export function CountAll({ tables }: { tables: readonly { key: string; title: string }[] }) {
  const client = useQueryClient()
  const [counting, setCounting] = useState<Counting | null>(null)
  const abort = useRef<AbortController | null>(null)
  useEffect(() => () => abort.current?.abort(), [])
  const stop = () => {
    abort.current?.abort()
    setCounting(null)
  }
  const start = async () => {
    abort.current = new AbortController()
    const { signal } = abort.current
    for (const [done, { key, title }] of tables.entries()) {
      setCounting({ title, done, total: tables.length })
      try {
        const input = { params: { key } }
        const look = await call('GET /tables/{key}/columns', { ...input, signal })
        client.setQueryData(['GET /tables/{key}/columns', input], look)
        await client.invalidateQueries({ queryKey: ['GET /tables'] })
      } catch (error) {
        if (signal.aborted) return
        // One that cannot be read does not keep the others from being counted.
        if (error instanceof ApiProblem) saidProblem(error)
        else throw error
      }
      if (signal.aborted) return
    }
    setCounting(null)
  }
  if (counting !== null)
    return (
      <Group gap="xs" role="status">
        <Text size="sm">
          Counting {counting.title}, {counting.done + 1} of {counted(counting.total, 'table')}…
        </Text>
        <Button variant="default" onClick={stop}>
          Stop
        </Button>
      </Group>
    )
  if (tables.length === 0) return null
  return (
    <Button variant="default" onClick={() => void start()}>
      Count {counted(tables.length, 'table')}
    </Button>
  )
}
