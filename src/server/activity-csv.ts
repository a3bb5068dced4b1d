import type { ActivityEntry } from '../store/store.ts'
import { csv } from './streams.ts'

const columns = [
  'event_id',
  'time_utc',
  'actor',
  'actor_name',
  'action',
  'object',
  'allowed',
  'detail',
  'address',
  'agent',
] as const

/** The activity log as CSV with named columns; cells that a spreadsheet would take for formulas are none any more. */
export function activityCsv(entries: AsyncIterable<ActivityEntry>): AsyncGenerator<string> {
  async function* rows() {
    for await (const { id, at, actorName, allowed, detail, ...same } of entries) {
      const { actor, action, object, address, agent } = same
      yield {
        ...{ event_id: id, time_utc: at.toISOString(), actor, actor_name: actorName, action, object, address, agent },
        ...{ allowed: String(allowed), detail: JSON.stringify(detail) },
      }
    }
  }
  return csv(columns, rows())
}
