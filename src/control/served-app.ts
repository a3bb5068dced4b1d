import { type Action, type Actor, mayDo } from '../access/authorize.ts'
import type { App, OwnApp, SegmentRequest } from '../app.ts'
import type { WhyReport } from '../sync/proof/report.ts'
import type { Gate } from './gate.ts'
import type { Reach } from './reach.ts'
import {
  nothingVisible,
  redactedChange,
  redactedConflict,
  redactedDrift,
  redactedDriftReport,
  redactedError,
  redactedExit,
  redactedPlan,
  redactedPreview,
  redactedRecord,
  redactedRest,
  redactedUndo,
  redactedWhy,
  type Visible,
} from './redaction.ts'
import type { Runs } from './runs.ts'

export interface ServedParts {
  actor: Actor
  app: OwnApp
  gate: Gate
  reach: Reach
  runs: Runs
  /** Attributes of an orchestration whose values hold no personal data, as far as that is known. */
  visibleOf: (orchestration: string) => Promise<Visible>
}

/**
 * The work of {@link App} for somebody: each call passes the gate and the reach of whoever asks, a run gets a header like any other, and
 * who may not see personal values gets them hidden. What is read line by line passes before the first line.
 */
export function servedApp(parts: ServedParts): App {
  const { actor, app, gate, reach, runs } = parts
  const seesPii = mayDo(actor, 'pii:read')
  const guarded = new Served(parts, seesPii)
  const { onDestination, onOrchestration, onRun, rowsOf } = guarded
  return {
    get project() {
      return app.project
    },
    async *check(destination) {
      await reach.assertSees(actor, 'destination:test', destination)
      await gate.pass(actor, 'destination:test', `destination/${destination}`)
      yield* app.check(destination)
    },
    plan: (orchestration, flags, control) =>
      onOrchestration('orchestration:run', orchestration, 'see', async () => {
        const plan = await app.plan(orchestration, flags, control)
        return seesPii ? plan : redactedPlan(plan, await parts.visibleOf(orchestration))
      }),
    run: (orchestration, request, control = {}) => runs.runFor(actor, orchestration, { ...request }, control),
    changes: (planId) => rowsOf(`plan/${planId}`, planId, () => app.changes(planId), redactedChange),
    conflicts: (planId) => rowsOf(`plan/${planId}`, planId, () => app.conflicts(planId), redactedConflict),
    exits: (runId) => rowsOf(`workflow/${runId}`, runId, () => app.exits(runId), redactedExit),
    records: (runId, filter) => rowsOf(`workflow/${runId}`, runId, () => app.records(runId, filter), redactedRecord),
    drifted: (driftId) => rowsOf(`drift/${driftId}`, driftId, () => app.drifted(driftId), redactedDrift),
    undoRest: (planId) => rowsOf(`plan/${planId}`, planId, () => app.undoRest(planId), redactedRest),
    async segments() {
      await gate.pass(actor, 'segment:read', 'segment')
      return await app.segments()
    },
    async count(segment, control) {
      await gate.pass(actor, 'segment:read', objectOf(segment), {}, lackingForSql(actor, segment))
      return await guarded.told(() => app.count(segment, control))
    },
    async segmentSql(segment) {
      await gate.pass(actor, 'segment:read', objectOf(segment))
      return await guarded.told(() => app.segmentSql(segment))
    },
    async preview(sent, request, control) {
      await gate.pass(actor, 'query:run', `${sent.kind}/${sent.key}`)
      const found = await guarded.told(() => app.preview(sent, request, control))
      return seesPii ? found : redactedPreview(found)
    },
    async workflows() {
      await gate.pass(actor, 'workflow:read', 'workflow')
      return await app.workflows()
    },
    drift: (orchestration, request, control) =>
      onOrchestration('orchestration:run', orchestration, request.repair ? 'send' : 'see', async () => {
        const report = await app.drift(orchestration, request, control)
        return seesPii ? report : redactedDriftReport(report)
      }),
    undo: (runId, control) =>
      onRun('orchestration:run', `workflow/${runId}`, runId, async () => {
        const report = await app.undo(runId, control)
        return seesPii ? report : redactedUndo(report)
      }),
    resume: (orchestration) =>
      onOrchestration('orchestration:run', orchestration, 'see', () => app.resume(orchestration)),
    async why(key, field, destination) {
      if (destination != null) await reach.assertSees(actor, 'person:read', destination)
      await gate.pass(actor, 'person:read', 'person')
      const report = await guarded.told(() => guarded.why(key, field, destination ?? null))
      return seesPii ? report : redactedWhy(report)
    },
    forget: (destination) => onDestination('destination:forget', destination, () => app.forget(destination)),
    fieldPlan: (destination, removal, progress) =>
      onDestination('destination:read', destination, () => app.fieldPlan(destination, removal, progress)),
    applyFields: (destination, plan, progress) =>
      onDestination('destination:fields', destination, () => app.applyFields(destination, plan, progress)),
    createMissingFields: (orchestration) =>
      onOrchestration('destination:fields', orchestration, 'see', () => app.createMissingFields(orchestration)),
    // It belongs to the server, which goes on.
    close: async () => {},
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

/** What all calls of one actor have in common. */
class Served {
  readonly #parts: ServedParts
  readonly #seesPii: boolean

  constructor(parts: ServedParts, seesPii: boolean) {
    this.#parts = parts
    this.#seesPii = seesPii
  }

  readonly onDestination = async <T>(action: Action, destination: string, work: () => Promise<T>): Promise<T> => {
    const { actor, gate, reach } = this.#parts
    await reach.assertSees(actor, action, destination)
    await gate.pass(actor, action, `destination/${destination}`)
    return await this.told(work)
  }

  readonly onOrchestration = async <T>(
    action: Action,
    orchestration: string,
    use: 'see' | 'send',
    work: () => Promise<T>,
  ): Promise<T> => {
    const { actor, app, gate, reach } = this.#parts
    const lackingIn =
      use === 'see' ? reach.lackingToSee(actor, orchestration) : reach.lackingToSend(actor, orchestration)
    const isThere = app.project.orchestrations.has(orchestration)
    await gate.pass(actor, action, `orchestration/${orchestration}`, {}, isThere ? lackingIn : [])
    return await this.told(work)
  }

  readonly onRun = async <T>(action: Action, object: string, runId: string, work: () => Promise<T>): Promise<T> => {
    const { actor, gate } = this.#parts
    await gate.pass(actor, action, object, {}, await this.#lackingIn(runId))
    return await this.told(work)
  }

  /** Rows about people, hidden where they must be. */
  readonly rowsOf = <T>(
    object: string,
    runId: string,
    read: () => AsyncIterable<T>,
    redact: (row: T, visible: Visible) => T,
  ): AsyncGenerator<T> => this.#rows(object, runId, read, redact)

  async *#rows<T>(
    object: string,
    runId: string,
    read: () => AsyncIterable<T>,
    redact: (row: T, visible: Visible) => T,
  ): AsyncGenerator<T> {
    const { actor, gate } = this.#parts
    await gate.pass(actor, 'person:read', object, {}, await this.#lackingIn(runId))
    if (this.#seesPii) return yield* read()
    try {
      const visible = await this.#visibleIn(runId)
      for await (const row of read()) yield redact(row, visible)
    } catch (error) {
      throw redactedError(error)
    }
  }

  /** Runs `work`; what it throws quotes nobody to who may not see personal values. */
  async told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.#seesPii ? error : redactedError(error)
    }
  }

  /** In all destinations that the actor may see. */
  async why(key: string, field: string | null, destination: string | null): Promise<WhyReport> {
    const { actor, app, reach } = this.#parts
    if (destination !== null) return await app.why(key, field, destination)
    const all = [...app.project.destinations.keys()]
    const seen = all.filter((one) => reach.sees(actor, one))
    if (seen.length === all.length) return await app.why(key, field, null)
    const whole: WhyReport = { key, field, people: [], requests: 0 }
    for (const one of seen) {
      const { people, requests } = await app.why(key, field, one)
      whole.people.push(...people)
      whole.requests += requests
    }
    return whole
  }

  /** What is known of the query that a run was made with goes for the present one alone. */
  async #visibleIn(runId: string): Promise<Visible> {
    const facts = await this.#parts.app.runFacts(runId)
    return facts?.isCurrent === true ? await this.#parts.visibleOf(facts.orchestration) : nothingVisible
  }

  async #lackingIn(runId: string): Promise<Action[]> {
    const { actor, app, reach } = this.#parts
    if (mayDo(actor, 'destination:admin_only')) return []
    const facts = await app.runFacts(runId)
    // What there is not is told by whoever looks for it.
    return facts === null ? [] : reach.lackingToSee(actor, facts.orchestration)
  }
}
