import { Skeleton, Table, Text, VisuallyHidden } from '@mantine/core'
import { lazy, Suspense } from 'react'
import type { Answer } from '../../api/call.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { figure } from '../../parts/values.tsx'

const Chart = lazy(() => import('./days-chart.tsx').then(({ DaysChart }) => ({ default: DaysChart })))

export type DayCounts = Answer<'GET /workflows/days'>['items'][number]

const HEIGHT_PX = 200
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** What was delivered on each of the last two weeks' days, in the zone of whoever looks. */
export function Days() {
  const days = useGet('GET /workflows/days', { query: { days: 14, time_zone: timeZone } })
  return (
    <WithAnswer of={days} loading="Counting what was delivered" rows={5}>
      {({ items }) => (
        <>
          <Summary days={items} />
          <Suspense fallback={<Skeleton height={HEIGHT_PX} />}>
            <Chart days={items} heightPx={HEIGHT_PX} />
          </Suspense>
          <VisuallyHidden>
            <AsTable days={items} />
          </VisuallyHidden>
        </>
      )}
    </WithAnswer>
  )
}

function Summary({ days }: { days: readonly DayCounts[] }) {
  const sum = (outcome: 'created' | 'updated' | 'rejected' | 'failed') =>
    days.reduce((total, day) => total + day[outcome], 0)
  return (
    <Text size="sm" mb="xs">
      In {days.length} days: {figure(sum('created'))} created, {figure(sum('updated'))} updated,{' '}
      {figure(sum('rejected'))} rejected, {figure(sum('failed'))} failed.
    </Text>
  )
}

function AsTable({ days }: { days: readonly DayCounts[] }) {
  return (
    <Table>
      <Table.Caption>People delivered per day</Table.Caption>
      <Table.Thead>
        <Table.Tr>
          {['Day', 'Created', 'Updated', 'Rejected', 'Failed'].map((head) => (
            <Table.Th key={head}>{head}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {days.map(({ day, created, updated, rejected, failed }) => (
          <Table.Tr key={day}>
            <Table.Td>{day}</Table.Td>
            {[created, updated, rejected, failed].map((count, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the place of a figure is what it is
              <Table.Td key={index}>{figure(count)}</Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
