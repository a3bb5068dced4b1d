import '@mantine/charts/styles.css'
import { BarChart } from '@mantine/charts'
import { figure } from '../../parts/values.tsx'
import type { DayCounts } from './days.tsx'

const dayFormat = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })

/** The bars; who cannot see them has the table beside. */
export function DaysChart({ days, heightPx }: { days: readonly DayCounts[]; heightPx: number }) {
  const data = days.map(({ day, created, updated, failed, rejected }) => ({
    ...{ day: dayFormat.format(new Date(`${day}T00:00:00Z`)), Created: created, Updated: updated },
    'Not sent': failed + rejected,
  }))
  return (
    <div aria-hidden>
      <BarChart
        h={heightPx}
        data={data}
        dataKey="day"
        type="stacked"
        withLegend
        tickLine="none"
        gridAxis="x"
        valueFormatter={figure}
        maxBarWidth={32}
        barProps={{ isAnimationActive: false }}
        barChartProps={{ accessibilityLayer: false }}
        series={[
          { name: 'Created', color: 'light-dark(#2b8a3e, #51cf66)' },
          { name: 'Updated', color: 'light-dark(#1c7ed6, #4dabf7)' },
          { name: 'Not sent', color: 'light-dark(#e8890c, #ffc267)' },
        ]}
      />
    </div>
  )
}
