import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { entry } from '../src/store/test-objects.ts'
import { admin, openServiceBench, peopleRows, type ServiceBench } from './service-bench.ts'

const dayMs = 24 * 60 * 60_000
let bench: ServiceBench
let daysLater = 0
const now = () => new Date(Date.now() + daysLater * dayMs)
const page = { limit: 100, cursor: null }

afterEach(async () => {
  daysLater = 0
  await bench.close()
})

/** Restarts so many days after the first start, and waits until upkeep has done what it does once a day. */
async function restartAfter(days: number): Promise<void> {
  daysLater = days
  const startedAt = now()
  await bench.restart()
  const { meta } = bench.service.store
  while (new Date((await meta.get('upkeep')) ?? 0) < startedAt) await sleep(5)
}

async function kept(): Promise<{ workflows: string[]; lines: string[] }> {
  const { control } = bench.service
  const { items } = await control.workflows.list(admin, {}, page)
  const activity = await control.activity.list(admin, { actor: 'user/old' }, page)
  return { workflows: items.map(({ id }) => id), lines: activity.items.map(({ id }) => id) }
}

/** A line that is so old. The database keeps those of the last 30 days, whatever the clock of the server says. */
function addLine(id: string, ageDays: number): Promise<void> {
  const at = new Date(Date.now() - ageDays * dayMs)
  return bench.service.store.activity.add(entry({ id, at, actor: 'user/old' }))
}

it.each([
  ['the defaults', undefined, { workflowDays: 90, activityDays: 365 }],
  ['what deskside.yml says', { workflow_days: 7, activity_days: 40 }, { workflowDays: 7, activityDays: 40 }],
])('workflows and lines of the activity log go when their days are over: %s', async (_, history, limits) => {
  bench = await openServiceBench({ now, project: history === undefined ? {} : { history } })
  await bench.apply()
  await bench.project.write(peopleRows(2))
  const { id } = await bench.run()
  await addLine('too old', limits.activityDays + 1)
  await addLine('old', limits.activityDays - limits.workflowDays + 3)
  await restartAfter(limits.workflowDays - 4)
  expect(await kept()).toEqual({ workflows: [id], lines: ['old'] })
  await restartAfter(limits.workflowDays + 1)
  expect(await kept()).toEqual({ workflows: [], lines: [] })
  // The ledger still has the line of the run, which is no reason for a header to come back.
  await bench.restart()
  expect((await kept()).workflows).toEqual([])
})
