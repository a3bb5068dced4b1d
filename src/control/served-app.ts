import { type Action, type Actor, mayDo } from '../access/authorize.ts'
import type { App, OwnApp, SegmentRequest } from '../app.ts'
import type { Json } from '../problem.ts'
import type { View } from './control.ts'
import type { Gate } from './gate.ts'
import type { Reach } from './reach.ts'
import {
  redactedChange,
  redactedConflict,
  redactedDrift,
  redactedDriftReport,
  redactedExit,
  redactedPlan,
  redactedPreview,
  redactedRecord,
  redactedRest,
  redactedStoredPlan,
  redactedUndo,
  redactedWhy,
  type Visible,
} from './redaction.ts'
import type { Runs } from './runs.ts'
import { Served } from './served.ts'
import { shownTable } from './shown-table.ts'

export interface ServedParts {
  actor: Actor
  app: OwnApp
  gate: Gate
  reach: Reach
  runs: Runs
  /** The part of lists that is wanted; null: all of them, which is a download. */
  view: View | null
  /** Attributes of an orchestration whose values hold no personal data, as far as that is known. */
  visibleOf: (orchestration: string) => Promise<Visible>
}

/**
 * The work of {@link App} for somebody: each call passes the gate and the reach of whoever asks, a run gets a header like any other, and
 * who may not see personal values gets them hidden. What is read line by line passes before the first line. A part of a list about people is
 * looked at (`person:read`); a whole one is downloaded (`data:download`, too).
 */
export function servedApp(parts: ServedParts): App {
  const { actor, app, gate, reach, runs } = parts
  const seesPii = mayDo(actor, 'pii:read')
  const served = new Served(parts, seesPii)
  type Detail = { [key: string]: Json }
  const run = 'orchestration:run' satisfies Action
  return {
    async *check(destination) {
      await reach.assertSees(actor, 'destination:test', destination)
      await gate.pass(actor, 'destination:test', `destination/${destination}`)
      yield* app.check(destination)
    },
    plan(orchestration, flags, control) {
      const line: Detail = { call: 'plan', sample: flags.sample, full: flags.full, live: flags.live }
      return served.onOrchestration(run, orchestration, { use: 'see', line }, async () => {
        const plan = await app.plan(orchestration, flags, control)
        return seesPii ? plan : redactedPlan(plan, await parts.visibleOf(orchestration))
      })
    },
    run: (orchestration, request, control = {}) => runs.runFor(actor, orchestration, { ...request }, control),
    storedPlan: (id) =>
      served.onRun('workflow:read', { object: `plan/${id}`, id, line: { call: 'plan' } }, async () => {
        const plan = await app.storedPlan(id)
        return seesPii ? plan : redactedStoredPlan(plan)
      }),
    changes: (id, filter = null) =>
      served.rows(
        { object: `plan/${id}`, id, list: 'changes', ...asSearch(filter?.person) },
        () => app.changes(id, filter),
        redactedChange,
      ),
    conflicts: (id) =>
      served.rows({ object: `plan/${id}`, id, list: 'conflicts' }, () => app.conflicts(id), redactedConflict),
    exits: (id) => served.rows({ object: `workflow/${id}`, id, list: 'exits' }, () => app.exits(id), redactedExit),
    records: (id, filter) =>
      served.rows(
        { object: `workflow/${id}`, id, list: 'records', isPart: true, ...asSearch(filter.person) },
        (part) => app.records(id, part === null ? filter : { ...filter, part }),
        redactedRecord,
      ),
    drifted: (id) => served.rows({ object: `drift/${id}`, id, list: 'drifted' }, () => app.drifted(id), redactedDrift),
    undoRest: (id) => served.rows({ object: `plan/${id}`, id, list: 'left' }, () => app.undoRest(id), redactedRest),
    ...servedLooking(parts, served),
    async workflows() {
      await gate.pass(actor, 'workflow:read', 'workflow')
      return await app.workflows()
    },
    drift(orchestration, request, control) {
      const line: Detail = { call: 'drift', repair: request.repair, approve: request.approve }
      return served.onOrchestration(run, orchestration, { use: request.repair ? 'send' : 'see', line }, async () => {
        const report = await app.drift(orchestration, request, control)
        return seesPii ? report : redactedDriftReport(report)
      })
    },
    undo: (runId, control) =>
      served.onRun(run, { object: `workflow/${runId}`, id: runId, line: { call: 'undo' } }, async () => {
        const report = await app.undo(runId, control)
        return seesPii ? report : redactedUndo(report)
      }),
    resume: (orchestration) =>
      served.onOrchestration(run, orchestration, { use: 'see', line: { call: 'resume' } }, () =>
        app.resume(orchestration),
      ),
    async why(key, field, destination = null) {
      if (destination !== null) await reach.assertSees(actor, 'person:read', destination)
      // Who was asked for is a value of that person, and stays out of the log.
      await gate.pass(actor, 'person:read', 'person', { call: 'why', destination })
      const report = await served.told(() => served.why(key, field, destination))
      return seesPii ? report : redactedWhy(report)
    },
    forget: (destination) => served.onDestination('destination:forget', destination, () => app.forget(destination)),
    fieldPlan: (destination, removal, progress) =>
      served.onDestination('destination:read', destination, () => app.fieldPlan(destination, removal, progress)),
    applyFields: (destination, plan, progress) =>
      served.onDestination('destination:fields', destination, () => app.applyFields(destination, plan, progress)),
    createMissingFields: (orchestration) =>
      served.onOrchestration('destination:fields', orchestration, { use: 'see', line: {} }, () =>
        app.createMissingFields(orchestration),
      ),
    piiOfOrchestration: (orchestration) =>
      served.onOrchestration('project:read', orchestration, { use: 'see', line: {} }, () =>
        app.piiOfOrchestration(orchestration),
      ),
    // It belongs to the server, which goes on.
    close: async () => {},
  }
}

/** Whoever may not see who somebody is may not find it out by searching either. */
const asSearch = (text: string | undefined) => (text === undefined ? {} : { need: 'pii:read' as const })

/** Looking at what a project defines, which needs no account. */
function servedLooking(
  { actor, app, gate, reach }: ServedParts,
  served: Served,
): Pick<
  App,
  | 'segments'
  | 'count'
  | 'segmentSql'
  | 'querySql'
  | 'preview'
  | 'rows'
  | 'checkColumns'
  | 'columns'
  | 'tables'
  | 'table'
  | 'columnUses'
> {
  const seesPii = mayDo(actor, 'pii:read')
  return {
    async segments() {
      await gate.pass(actor, 'segment:read', 'segment')
      return await app.segments()
    },
    async count(segment, control) {
      await gate.pass(actor, 'segment:read', objectOf(segment), {}, lackingForSql(actor, segment))
      return await served.told(() => app.count(segment, control))
    },
    async segmentSql(segment) {
      await gate.pass(actor, 'segment:read', objectOf(segment), {}, lackingForSql(actor, segment))
      return await served.told(() => app.segmentSql(segment))
    },
    async querySql(query) {
      await gate.pass(actor, 'project:read', 'key' in query ? `query/${query.key}` : 'query')
      return await served.told(() => app.querySql(query))
    },
    async preview(asked, request, control) {
      await gate.pass(actor, 'query:run', 'sql' in asked ? 'query' : `${asked.kind}/${asked.key}`)
      const found = await served.told(() => app.preview(asked, request, control))
      return seesPii ? found : redactedPreview(found)
    },
    async rows(sent, control) {
      const object = `${sent.kind}/${sent.key}`
      await gate.pass(actor, 'query:run', object)
      await gate.pass(actor, 'data:download', object)
      const found = await served.told(() => app.rows(sent, control))
      return seesPii ? found : redactedPreview(found)
    },
    checkColumns: (sent, destination, request, control) =>
      served.checkColumns({ sent, destination }, () => app.checkColumns(sent, destination, request, control)),
    async columns(table) {
      await gate.pass(actor, 'project:read', `table/${table}`)
      return await served.told(() => app.columns(table))
    },
    async tables(database) {
      await gate.pass(actor, 'project:read', 'table')
      return await served.told(() => app.tables(database))
    },
    async table(table, request) {
      await gate.pass(actor, 'project:read', `table/${table}`)
      return await shownTable(gate, actor, await served.told(() => app.table(table, request)))
    },
    async columnUses(table, column, control) {
      await gate.pass(actor, 'project:read', `table/${table}`)
      const uses = await served.told(() => app.columnUses(table, column, control))
      const seen = (orchestration: string) => reach.lackingToSee(actor, orchestration).length === 0
      return uses.map((use) => ({ ...use, orchestrations: use.orchestrations.filter(seen) }))
    },
  }
}

function objectOf(segment: SegmentRequest): string {
  return 'key' in segment ? `segment/${segment.key}` : 'segment'
}

/** SQL that somebody brings along asks for what only who runs queries may ask. */
export function lackingForSql(actor: Actor, segment: SegmentRequest): Action[] {
  const isSql = 'body' in segment && typeof segment.body === 'object' && segment.body !== null && 'sql' in segment.body
  return isSql && !mayDo(actor, 'query:run') ? ['query:run'] : []
}
