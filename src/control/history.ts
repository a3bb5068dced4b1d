import { historySettings } from '../project/schema.ts'
import type { Catalog } from './catalog.ts'

const dayMs = 24 * 60 * 60_000

/** Until when things are old enough to go, by `history` of deskside.yml as it was applied last. */
export function historyLimits(catalog: Catalog, now: Date): { workflows: Date; activity: Date } {
  const { workflow_days, activity_days } = historySettings.parse(catalog.find('project', 'project')?.body.history ?? {})
  const before = (days: number) => new Date(now.getTime() - days * dayMs)
  return { workflows: before(workflow_days), activity: before(activity_days) }
}
