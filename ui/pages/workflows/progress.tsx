import { Progress as Bar, Stack, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { onEvent } from '../../api/events.ts'
import type { Workflow } from '../../api/operations.ts'
import { duration, figure, useNow } from '../../parts/values.tsx'
import { type Delivery, deliveryOf, waitWords } from './live.ts'
import { taskWords } from './words.ts'

/** At most four times a second, however fast the server tells. */
const EVERY_MS = 250

/** What the run does at the moment. */
export function LiveProgress({ workflow }: { workflow: Workflow }) {
  const live = useLive(workflow)
  const now = useNow(1_000)
  const task = workflow.tasks.find(({ state }) => state === 'running')
  const wait = waitWords(live, now)
  const what =
    workflow.state === 'waiting'
      ? workflow.ended_at === null
        ? 'Waits for its turn: one workflow of the project works at a time.'
        : 'Waits for somebody to decide.'
      : workflow.state === 'stopping'
        ? 'Stopping: sends nothing more, and waits until the jobs on their way are settled.'
        : task === undefined
          ? 'Begins.'
          : `${taskWords[task.task].name}: ${taskWords[task.task].what}`
  return (
    <Stack gap={6} component="section" aria-label="Progress">
      <Text size="sm" fw={500}>
        {what}
      </Text>
      {live.total > 0 && <DeliveryBar of={live} />}
      {wait !== null && <Text size="sm">{wait}</Text>}
    </Stack>
  )
}

function DeliveryBar({ of: { settled, total, rate, etaMs, jobs, parked } }: { of: Delivery }) {
  const words = [
    `${figure(settled)} of ${figure(total)} people settled`,
    rate > 0 ? `${figure(Math.round(rate * 10) / 10)} a second` : null,
    etaMs === null ? null : `about ${duration(Math.max(1_000, etaMs))} left`,
    jobs > 0 ? `${figure(jobs)} jobs at Zendesk` : null,
    parked > 0 ? `${figure(parked)} put aside until later` : null,
  ].filter((word) => word !== null)
  return (
    <>
      <Bar.Root size={8}>
        <Bar.Section value={(100 * settled) / total} aria-label="Delivered" />
      </Bar.Root>
      <Text size="sm" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {words.join(' · ')}
      </Text>
    </>
  )
}

/** The newest of what was read and what was told since. */
function useLive({ id, progress }: Workflow): Delivery {
  const [told, setTold] = useState<Record<string, unknown> | null>(null)
  useEffect(() => {
    let newest: Record<string, unknown> | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    const off = onEvent('progress', (event) => {
      if (event.workflow !== id) return
      newest = event.progress
      timer ??= setTimeout(() => {
        timer = undefined
        setTold(newest)
      }, EVERY_MS)
    })
    return () => {
      off()
      clearTimeout(timer)
    }
  }, [id])
  return deliveryOf(told ?? progress)
}
