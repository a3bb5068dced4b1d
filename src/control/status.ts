import type { Json } from '../problem.ts'
import { readGroupBody } from '../project/group-body.ts'
import { inWords, parseSchedule, timesAfter } from '../schedule.ts'
import type { Definition, Store } from '../store/store.ts'
import type { CredentialHealthKeeper } from './health.ts'

const shownTimes = 3

/** What is known of an object beside its definition. */
export async function statusOf(
  { store, health, now }: { store: Store; health: CredentialHealthKeeper; now: () => Date },
  definition: Definition,
): Promise<{ [key: string]: Json }> {
  const { kind, key, body } = definition
  if (kind === 'credential') return await health.statusOf(key, String(body.type))
  if (kind === 'group') {
    const { enabled, run } = readGroupBody(definition)
    const [last] = (await store.groups.list(key, { limit: 1, cursor: null })).items
    const schedule = run.on === 'schedule' ? parseSchedule(run.cron, run.time_zone) : null
    return {
      reads: schedule === null ? null : inWords(schedule),
      next_at:
        schedule === null || !enabled ? [] : timesAfter(schedule, now(), shownTimes).map((at) => at.toISOString()),
      last_run:
        last === undefined ? null : { id: last.id, state: last.state, started_at: last.startedAt.toISOString() },
    }
  }
  if (kind !== 'orchestration') return {}
  const [last] = (await store.workflows.list({ orchestrations: [key] }, { limit: 1, cursor: null })).items
  if (last === undefined) return { last_workflow: null }
  const { id, state, requestedAt, endedAt } = last
  return {
    last_workflow: {
      id,
      state,
      requested_at: requestedAt.toISOString(),
      ended_at: endedAt?.toISOString() ?? null,
    },
  }
}
