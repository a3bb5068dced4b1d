import type { Action, Actor } from '../access/authorize.ts'
import type { App } from '../app.ts'
import type { Gate } from './gate.ts'
import type { Runs } from './runs.ts'

export interface ServedParts {
  actor: Actor
  app: App
  gate: Gate
  runs: Runs
}

/**
 * The work of {@link App} for somebody: each call passes the gate, and a run gets a header like any other. What is read line by line passes
 * before the first line.
 */
export function servedApp({ actor, app, gate, runs }: ServedParts): App {
  const pass = (action: Action, object: string) => gate.pass(actor, action, object)
  async function* passed<T>(action: Action, object: string, read: () => AsyncIterable<T>): AsyncGenerator<T> {
    await pass(action, object)
    yield* read()
  }
  const after = async <T>(action: Action, object: string, work: () => Promise<T>): Promise<T> => {
    await pass(action, object)
    return await work()
  }
  return {
    check: (destination) => passed('destination:test', `destination/${destination}`, () => app.check(destination)),
    plan: (orchestration, flags, control) =>
      after('orchestration:run', `orchestration/${orchestration}`, () => app.plan(orchestration, flags, control)),
    run: (orchestration, request, control = {}) => runs.runFor(actor, orchestration, { ...request }, control),
    changes: (planId) => passed('person:read', `plan/${planId}`, () => app.changes(planId)),
    conflicts: (planId) => passed('person:read', `plan/${planId}`, () => app.conflicts(planId)),
    exits: (runId) => passed('person:read', `workflow/${runId}`, () => app.exits(runId)),
    records: (runId, filter) => passed('person:read', `workflow/${runId}`, () => app.records(runId, filter)),
    drifted: (driftId) => passed('person:read', `drift/${driftId}`, () => app.drifted(driftId)),
    undoRest: (planId) => passed('person:read', `plan/${planId}`, () => app.undoRest(planId)),
    workflows: () => after('workflow:read', 'workflow', () => app.workflows()),
    drift: (orchestration, request, control) =>
      after('orchestration:run', `orchestration/${orchestration}`, () => app.drift(orchestration, request, control)),
    undo: (runId, control) => after('orchestration:run', `workflow/${runId}`, () => app.undo(runId, control)),
    resume: (orchestration) =>
      after('orchestration:run', `orchestration/${orchestration}`, () => app.resume(orchestration)),
    why: (key, field, destination) => after('person:read', 'person', () => app.why(key, field, destination)),
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
