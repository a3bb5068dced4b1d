import type { OwnApp } from '../app.ts'
import { type Json, Problem } from '../problem.ts'
import type { TableName } from '../project/databases.ts'
import { readGroupBody } from '../project/group-body.ts'
import { inWords, parseSchedule, timesAfter } from '../schedule.ts'
import type { Definition, Store } from '../store/store.ts'
import type { Catalog } from './catalog.ts'
import type { CredentialHealthKeeper } from './health.ts'

const shownTimes = 3

export interface StatusParts {
  store: Store
  health: CredentialHealthKeeper
  app: Pick<OwnApp, 'tableStatus' | 'pausedSince'>
  catalog: Catalog
  now: () => Date
}

/** What is known of an object beside its definition. */
export async function statusOf(
  { store, health, app, catalog, now }: StatusParts,
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
  if (kind === 'query') return await statusOfQuery(store, catalog.usersOf(kind, key), now())
  if (kind === 'table' || kind === 'attributes_table')
    return await statusOfTable(app, definition, catalog.tableNameOf(definition))
  if (kind !== 'orchestration') return {}
  const [last] = (await store.workflows.list({ orchestrations: [key] }, { limit: 1, cursor: null })).items
  const pause = await pauseOf(app, key)
  if (last === undefined) return { last_workflow: null, ...pause }
  const { id, state, requestedAt, endedAt } = last
  return {
    last_workflow: {
      id,
      state,
      requested_at: requestedAt.toISOString(),
      ended_at: endedAt?.toISOString() ?? null,
    },
    ...pause,
  }
}

/** Absent while another process has the state of the project. */
async function pauseOf(app: StatusParts['app'], key: string): Promise<{ paused_at?: string | null }> {
  try {
    return { paused_at: await app.pausedSince(key) }
  } catch (error) {
    if (error instanceof Problem && error.code !== 'internal.bug') return {}
    throw error
  }
}

/** Without a run for so long a query is inactive. */
const inactiveAfterMs = 30 * 86_400_000

/** Of the last run of whatever sends it; `rows` are those of the source that it read. */
async function statusOfQuery(store: Store, usedBy: readonly string[], now: Date): Promise<{ [key: string]: Json }> {
  const prefix = 'orchestration/'
  const orchestrations = usedBy.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []))
  const none = { state: 'not_run', last_workflow: null }
  if (orchestrations.length === 0) return none
  const [last] = (await store.workflows.list({ orchestrations }, { limit: 1, cursor: null })).items
  if (last === undefined) return none
  const { id, orchestration, state, requestedAt, endedAt, rows } = last
  const isOld = now.getTime() - (endedAt ?? now).getTime() > inactiveAfterMs
  return {
    state: isOld ? 'inactive' : state,
    last_workflow: {
      ...{
        id,
        orchestration,
        state,
        requested_at: requestedAt.toISOString(),
        ended_at: endedAt?.toISOString() ?? null,
      },
      rows: rows?.total ?? null,
    },
  }
}

/** Figures are null until somebody has looked at the table. */
async function statusOfTable(
  app: StatusParts['app'],
  { body }: Definition,
  name: TableName | null,
): Promise<{ [key: string]: Json }> {
  if (name === null) return {}
  const uploaded = body.uploaded as { rows: number; columns: string[]; bytes: number } | undefined
  try {
    const { from, source, rows, columns, lastLoadedAt, lookedAt } = await app.tableStatus(name)
    return {
      ...name,
      ...{ from, source, rows: rows ?? uploaded?.rows ?? null },
      columns: columns ?? uploaded?.columns ?? null,
      ...(uploaded !== undefined && { bytes: uploaded.bytes }),
      ...{ last_loaded_at: lastLoadedAt, looked_at: lookedAt },
    }
  } catch (error) {
    // The definitions make no project at the moment, which is told where something is done with them.
    if (error instanceof Problem && error.code !== 'internal.bug') return {}
    throw error
  }
}
