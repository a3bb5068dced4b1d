import { z } from 'zod'

const count = z.int().min(0).max(1_000_000_000_000)
const percent = z.number().positive().max(1_000_000)

const rows = z.strictObject({
  warn_below: count.optional().describe('Warn when the result has fewer rows than this.'),
  fail_below: count.optional().describe('Stop before anything is sent when it has fewer rows than this.'),
  warn_above: count.optional().describe('Warn when it has more rows than this.'),
  fail_above: count.optional().describe('Stop before anything is sent when it has more rows than this.'),
})

const changePercent = z.strictObject({
  warn: percent.optional().describe('Warn when it has more than this percentage of rows more or fewer.'),
  fail: percent
    .optional()
    .describe('Stop before anything is sent when it has more than this percentage more or fewer.'),
})

/** Numbers of two bounds, of which the first may not be the larger. */
type Order = readonly [path: readonly string[], low: number | undefined, high: number | undefined, message: string]

/** `alerts:` of an orchestration: at how many rows it warns, and at how many it stops. */
export const alertsBody = z
  .strictObject({
    rows: rows.optional().describe('How many rows the result may have.'),
    change_percent: changePercent
      .optional()
      .describe('By how much the number of rows may differ from that of the last completed run.'),
  })
  .superRefine(({ rows: counts = {}, change_percent: change = {} }, context) => {
    const { warn_below, fail_below, warn_above, fail_above } = counts
    const further = (bound: string) => `must be at least as far out as \`${bound}\``
    const below = warn_below === undefined ? 'fail_below' : 'warn_below'
    const above = warn_above === undefined ? 'fail_above' : 'warn_above'
    const orders: Order[] = [
      [['rows', 'fail_below'], fail_below, warn_below, further('warn_below')],
      [['rows', 'fail_above'], warn_above, fail_above, further('warn_above')],
      [['change_percent', 'fail'], change.warn, change.fail, further('warn')],
      [['rows', below], warn_below ?? fail_below, warn_above ?? fail_above, `must not be more than \`${above}\``],
    ]
    for (const [path, low, high, message] of orders)
      if (low !== undefined && high !== undefined && low > high)
        context.addIssue({ code: 'custom', path: [...path], message })
  })
  .describe('At which numbers of rows a run warns, and at which it stops before anything is sent.')

export type AlertBounds = z.output<typeof alertsBody>
