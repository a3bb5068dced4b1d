import { ControlActivity } from '../control/activity.ts'
import { Gate } from '../control/gate.ts'
import { hasProjectStore, openProjectStore } from '../control/project-store.ts'
import { loadProject } from '../project/load.ts'
import { activityCsv } from '../server/activity-csv.ts'
import { activityWire } from '../server/wire-access.ts'
import type { ActivityEntry, ActivityFilter, Store } from '../store/store.ts'
import type { Context } from './context.ts'
import { table } from './table.ts'
import { labelled, moment, paint, type Style, visible } from './text.ts'

/** Lines that are shown when not all are asked for. */
const SHOWN = 100

const cli = { kind: 'cli', id: 'cli' } as const

/**
 * Shows the activity log of the project's server: the newest lines, or with `asCsv` every one. Reads the store directly, also beside a running
 * server, so that it can be read when the server does not work.
 */
export async function activityCommand(
  context: Context,
  filter: ActivityFilter,
  { asCsv }: { asCsv: boolean },
): Promise<number> {
  const { projectDir, env, stdout, isJson } = context
  await loadProject(projectDir, env, { allowMissingVariables: true })
  const store = hasProjectStore(projectDir, env) ? await openProjectStore(projectDir, env) : null
  try {
    const activity = store === null ? null : activityOf(store)
    if (asCsv) {
      const entries = activity === null ? none() : (await activity.export(cli, filter)).entries
      await stdout.pump(activityCsv(entries))
      return 0
    }
    const page = { limit: SHOWN, cursor: null }
    const { items, next } = (await activity?.list(cli, filter, page)) ?? { items: [], next: null }
    if (isJson) await stdout.json(items.map(activityWire))
    else await stdout.lines(lines(items, next !== null, stdout.style(env)))
    return 0
  } finally {
    await store?.close()
  }
}

function activityOf({ activity: store }: Store): ControlActivity {
  const now = () => new Date()
  return new ControlActivity({ store, gate: new Gate(store, now), now })
}

async function* none(): AsyncGenerator<ActivityEntry> {}

function lines(entries: readonly ActivityEntry[], isMore: boolean, style: Style): string[] {
  if (entries.length === 0) return ['Nothing that fits is in the activity log.']
  const columns = [
    { title: 'time (UTC)' },
    { title: 'actor', shrinkTo: 10 },
    { title: 'action' },
    { title: 'object', shrinkTo: 10 },
    { title: '', shrinkTo: 6 },
    { title: 'address', spare: 1 },
    { title: 'detail', shrinkTo: 10, spare: 2 },
  ]
  const rows = entries.map(({ at, actorName, action, object, allowed, address, detail }) => [
    moment(at.toISOString()),
    ...[visible(actorName), visible(action), visible(object), allowed ? '' : 'denied', visible(address)],
    visible(JSON.stringify(detail)),
  ])
  return [
    ...table(columns, rows, style, {
      colour: (column, cell) => (column === 4 ? paint(style, 'red', cell) : cell),
    }),
    ...(isMore
      ? labelled(
          style,
          'note',
          `These are the newest ${SHOWN}. --since and the others narrow it; --csv has every line.`,
        )
      : []),
  ]
}
