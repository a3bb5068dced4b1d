import { z } from 'zod'
import type { FieldPlan } from '../destination/user-fields.ts'
import { engineProblems, peopleList } from './by-position.ts'
import { type Route, route } from './route.ts'
import { byId, byKey } from './wire.ts'
import { driftLine, driftReport, exitRow, fieldPlan, fieldRemoval, restLine, undoReport } from './wire-proof.ts'

const driftRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/orchestrations/:key/drift',
    need: 'orchestration:run',
    tag: 'proof',
    summary: 'Find who does not hold any more what was delivered.',
    description: 'Reads only. What would repair it is a plan: run it with its id as `plan_id`.',
    params: byKey,
    answer: driftReport,
    problems: engineProblems,
    handle: async ({ control, actor, params, gone, parts }) => {
      const signals = { signal: AbortSignal.any([gone, parts.closing]), abort: parts.ending }
      const { repair: _, ...report } = await control
        .app(actor)
        .drift(params.key, { repair: false, approve: false }, signals)
      return report
    },
  }),
  peopleList({
    path: '/drifts/:id',
    tag: 'proof',
    summary: 'Read every difference that a drift found.',
    item: driftLine,
    read: (app, id) => app.drifted(id),
  }),
]

const undoRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/workflows/:id/undo',
    need: 'orchestration:run',
    tag: 'proof',
    summary: 'Plan what takes the run of a workflow back.',
    description:
      'Sends nothing. To execute it, run its orchestration with the id of the plan; that pauses the orchestration.',
    params: byId,
    answer: undoReport,
    problems: [...engineProblems, 'store.not_found', 'workflow.not_now'],
    handle: async ({ control, actor, params, gone, parts }) => {
      const run = await control.workflows.runOf(actor, params.id)
      return await control.app(actor).undo(run, { signal: AbortSignal.any([gone, parts.closing]), abort: parts.ending })
    },
  }),
  peopleList({
    path: '/plans/:id/left',
    tag: 'proof',
    summary: 'Read what an undo leaves as it is.',
    item: restLine,
    read: (app, id) => app.undoRest(id),
  }),
  route({
    method: 'POST',
    path: '/orchestrations/:key/resume',
    need: 'orchestration:run',
    tag: 'proof',
    summary: 'Let an orchestration run again that an undo has paused.',
    params: byKey,
    answer: z.object({ resumed: z.boolean().describe('False: it was not paused.') }),
    problems: ['config.unknown_object'],
    handle: async ({ control, actor, params }) => ({ resumed: await control.app(actor).resume(params.key) }),
  }),
  peopleList({
    path: '/workflows/:id/exits',
    tag: 'proof',
    summary: 'Read who left the result in a run, and what became of that.',
    item: exitRow,
    read: (app, id) => app.exits(id),
    idOf: (control, actor, id) => control.workflows.runOf(actor, id),
    problems: ['store.not_found', 'workflow.not_now'],
  }),
]

const accountRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/destinations/:key/forget',
    need: 'destination:forget',
    tag: 'proof',
    summary: 'Forget what was delivered to the account of a destination.',
    description: 'Zendesk itself is not touched; the next run sends everybody again.',
    params: byKey,
    answer: z.object({ forgotten: z.int().describe('People.') }),
    problems: ['config.unknown_object', 'project.locked', 'project.disk_full'],
    handle: async ({ control, actor, params }) => ({ forgotten: await control.app(actor).forget(params.key) }),
  }),
  route({
    method: 'POST',
    path: '/destinations/:key/fields/plan',
    need: 'destination:read',
    tag: 'proof',
    summary: "Plan what the account's user fields lack of those that the destination declares.",
    params: byKey,
    body: fieldRemoval,
    answer: fieldPlan,
    problems: engineProblems,
    handle: ({ control, actor, params, body }) => control.app(actor).fieldPlan(params.key, body),
  }),
  route({
    method: 'POST',
    path: '/destinations/:key/fields/apply',
    need: 'destination:fields',
    tag: 'proof',
    summary: 'Apply exactly this plan, and look whether the account shows it.',
    params: byKey,
    body: fieldPlan,
    answer: z.object({ applied: z.int().describe('Changes.') }),
    problems: [...engineProblems, 'zendesk.field_conflict', 'zendesk.fields_changed'],
    handle: async ({ control, actor, params, body }) => {
      await control.app(actor).applyFields(params.key, body as FieldPlan)
      return { applied: body.changes.length }
    },
  }),
]

/** Proof after sending: what drifted, taking a run back, who left; and the account's fields. */
export const proofRoutes: readonly Route[] = [...driftRoutes, ...undoRoutes, ...accountRoutes]
