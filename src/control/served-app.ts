import type { Action, Actor } from '../access/authorize.ts'
import type { App } from '../app.ts'
import { type Json, Problem } from '../problem.ts'
import type { View } from './control.ts'
import type { Gate } from './gate.ts'
import type { Runs } from './runs.ts'

export interface ServedParts {
  actor: Actor
  app: App
  gate: Gate
  runs: Runs
  /** The part of lists that is wanted; null: all of them, which is a download. */
  view: View | null
}

/** What is looked at at a time; whoever takes more takes it away. */
const LONGEST_VIEW = 200

/**
 * The work of {@link App} for somebody: each call passes the gate, and a run gets a header like any other. What is read line by line passes
 * before the first line. A part of a list about people is looked at (`person:read`); a whole one is downloaded (`data:download`, too).
 */
export function servedApp({ actor, app, gate, runs, view }: ServedParts): App {
  type Detail = { [key: string]: Json }
  const pass = (action: Action, object: string, detail: Detail = {}) => gate.pass(actor, action, object, detail)
  async function* passed<T>(action: Action, object: string, read: () => AsyncIterable<T>): AsyncGenerator<T> {
    await pass(action, object)
    yield* read()
  }
  async function* people<T>(object: string, list: string, read: () => AsyncIterable<T>): AsyncGenerator<T> {
    if (view !== null) {
      assertView(view)
      await pass('person:read', object, { list, ...view })
      yield* partOf(read(), view)
    } else {
      await gate.permit(actor, 'person:read', object)
      await pass('data:download', object, { list })
      yield* read()
    }
  }
  const after = async <T>(action: Action, object: string, work: () => Promise<T>, detail: Detail = {}): Promise<T> => {
    await pass(action, object, detail)
    return await work()
  }
  return {
    get project() {
      return app.project
    },
    check: (destination) => passed('destination:test', `destination/${destination}`, () => app.check(destination)),
    plan: (orchestration, flags, control) =>
      after('orchestration:run', `orchestration/${orchestration}`, () => app.plan(orchestration, flags, control), {
        ...{ call: 'plan', sample: flags.sample, full: flags.full, live: flags.live },
      }),
    run: (orchestration, request, control = {}) => runs.runFor(actor, orchestration, { ...request }, control),
    changes: (planId) => people(`plan/${planId}`, 'changes', () => app.changes(planId)),
    conflicts: (planId) => people(`plan/${planId}`, 'conflicts', () => app.conflicts(planId)),
    exits: (runId) => people(`workflow/${runId}`, 'exits', () => app.exits(runId)),
    records: (runId, filter) => people(`workflow/${runId}`, 'records', () => app.records(runId, filter)),
    drifted: (driftId) => people(`drift/${driftId}`, 'drifted', () => app.drifted(driftId)),
    undoRest: (planId) => people(`plan/${planId}`, 'left', () => app.undoRest(planId)),
    workflows: () => after('workflow:read', 'workflow', () => app.workflows()),
    drift: (orchestration, request, control) =>
      after('orchestration:run', `orchestration/${orchestration}`, () => app.drift(orchestration, request, control), {
        ...{ call: 'drift', repair: request.repair, approve: request.approve },
      }),
    undo: (runId, control) =>
      after('orchestration:run', `workflow/${runId}`, () => app.undo(runId, control), { call: 'undo' }),
    resume: (orchestration) =>
      after('orchestration:run', `orchestration/${orchestration}`, () => app.resume(orchestration), { call: 'resume' }),
    // Who was asked for is a value of that person, and stays out of the log.
    why: (key, field, destination) =>
      after('person:read', 'person', () => app.why(key, field, destination), {
        ...{ call: 'why', destination: destination ?? null },
      }),
    forget: (destination) => after('destination:forget', `destination/${destination}`, () => app.forget(destination)),
    fieldPlan: (destination, removal, progress) =>
      after('destination:read', `destination/${destination}`, () => app.fieldPlan(destination, removal, progress)),
    applyFields: (destination, plan, progress) =>
      after('destination:fields', `destination/${destination}`, () => app.applyFields(destination, plan, progress)),
    createMissingFields: (orchestration) =>
      after('destination:fields', `orchestration/${orchestration}`, () => app.createMissingFields(orchestration)),
    // It belongs to the server, which goes on.
    close: async () => {},
  }
}

function assertView({ from, limit }: View): void {
  const isWhole = Number.isSafeInteger(from) && from >= 0 && Number.isSafeInteger(limit) && limit >= 1
  if (isWhole && limit <= LONGEST_VIEW) return
  throw new Problem('api.invalid', {
    message: `A part of a list is 1 to ${LONGEST_VIEW} lines long, from a position on.`,
  })
}

/** One item more than the view is long shows that there is another part. */
async function* partOf<T>(items: AsyncIterable<T>, { from, limit }: View): AsyncGenerator<T> {
  let position = 0
  for await (const item of items) {
    if (position >= from) yield item
    position += 1
    if (position > from + limit) return
  }
}
