import { Readable } from 'node:stream'
import { z } from 'zod'
import { type Actor, mayDo } from '../access/authorize.ts'
import type { ServerEvent } from '../control/control.ts'
import { type RecordRow, recordColumns } from '../sync/report.ts'
import { accepted } from './accept.ts'
import { engineProblems, listProblems, ofPerson, peopleList, positionCursor, viewed, viewOf } from './by-position.ts'
import { eventTexts } from './events.ts'
import { invalid } from './problem-reply.ts'
import { type Route, route, streamRoute } from './route.ts'
import { changedSignal } from './standing.ts'
import { begun, csv, ndjson, textStream } from './streams.ts'
import { byId, byKey, flag, moment, page, paged, pageOf, several, text, trigger, workflowState } from './wire.ts'
import { foundPerson, whyReport } from './wire-person.ts'
import {
  change,
  conflict,
  flags,
  groupRun,
  groupRunWire,
  headerWire,
  outcomes,
  plan,
  record,
  startRequest,
  storedPlan,
  viewWire,
  workflowHeader,
  workflowView,
} from './wire-workflows.ts'

const planRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/orchestrations/:key/plan',
    need: 'orchestration:run',
    tag: 'workflows',
    summary: 'Plan an orchestration and send nothing.',
    description: 'Answers when the plan is made. A client that goes away ends the planning.',
    params: byKey,
    body: flags,
    answer: plan,
    problems: engineProblems,
    handle: async ({ control, actor, params, body, gone, parts }) =>
      await control
        .app(actor)
        .plan(params.key, body, { signal: AbortSignal.any([gone, parts.closing]), abort: parts.ending }),
  }),
  route({
    method: 'GET',
    path: '/plans/:id',
    need: 'workflow:read',
    tag: 'workflows',
    summary: 'Read a plan that was made before.',
    params: byId,
    answer: storedPlan,
    problems: ['plan.not_found', 'project.locked'],
    handle: async ({ control, actor, params }) => await control.app(actor).storedPlan(params.id),
  }),
  peopleList({
    path: '/plans/:id/changes',
    tag: 'workflows',
    summary: 'Read the changes of a plan, exactly as they will be sent.',
    item: change,
    search: true,
    read: (app, id, person) => app.changes(id, person === null ? null : { person }),
  }),
  peopleList({
    path: '/plans/:id/conflicts',
    tag: 'workflows',
    summary: 'Read who cannot be sent as things stand in the account.',
    item: conflict,
    read: (app, id) => app.conflicts(id),
  }),
]

const workRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/orchestrations/:key/runs',
    need: 'orchestration:run',
    tag: 'workflows',
    summary: 'Put a run into the queue.',
    params: byKey,
    body: startRequest,
    status: 202,
    answer: workflowView,
    problems: ['store.not_found', 'orchestration.paused'],
    handle: async ({ control, actor, params, body }) => {
      const { sample, full, live, plan_id: planId, approve } = body
      const trigger = actor.kind === 'key' ? 'api' : 'manual'
      return viewWire(
        await control.workflows.start(actor, params.key, { sample, full, live, planId, approve }, trigger),
      )
    },
  }),
  route({
    method: 'GET',
    path: '/workflows',
    need: 'workflow:read',
    tag: 'workflows',
    summary: 'List workflows, newest request first.',
    query: paged({
      state: several(workflowState),
      orchestration: several(text),
      trigger: several(trigger),
      started_by: text.optional(),
      group_run: text.optional(),
      text: text.optional().describe("Part of the id, the orchestration or the problem's code, in any case."),
      from: moment.optional(),
      to: moment.optional(),
    }),
    answer: page(workflowHeader),
    handle: async ({ control, actor, query }) => {
      const { state, orchestration, trigger, started_by, group_run, text, from, to } = query
      const { items, next } = await control.workflows.list(
        actor,
        {
          ...(state && { states: state }),
          ...(orchestration && { orchestrations: orchestration }),
          ...(trigger && { triggers: trigger }),
          ...(started_by !== undefined && { startedBy: started_by }),
          ...(group_run !== undefined && { groupRun: group_run }),
          ...(text !== undefined && { text }),
          ...(from !== undefined && { from: new Date(from) }),
          ...(to !== undefined && { to: new Date(to) }),
        },
        pageOf(query),
      )
      return { items: items.map(headerWire), next }
    },
  }),
  route({
    method: 'GET',
    path: '/workflows/days',
    need: 'workflow:read',
    tag: 'workflows',
    summary: 'Read what was done on each of the last days, the earliest first.',
    query: z.strictObject({
      days: z.coerce.number().int().min(1).max(92).default(14),
      time_zone: z.string().min(1).max(100).default('UTC').describe('Where the days begin.'),
    }),
    answer: z.object({
      items: z.array(
        z.object({
          day: z.string().describe('Such as 2026-01-31.'),
          workflows: z.int().describe('Those that ended on this day; the rows of one run count once.'),
          created: z.int(),
          updated: z.int(),
          rejected: z.int(),
          failed: z.int(),
        }),
      ),
    }),
    problems: ['definition.invalid'],
    handle: async ({ control, actor, query: { days, time_zone: timeZone } }) => ({
      items: await control.workflows.days(actor, { days, timeZone }),
    }),
  }),
  route({
    method: 'GET',
    path: '/workflows/:id',
    need: 'workflow:read',
    tag: 'workflows',
    summary: 'Read a workflow with its tasks and the ways out of what stopped it.',
    params: byId,
    answer: workflowView,
    problems: ['store.not_found'],
    handle: async ({ control, actor, params }) => viewWire(await control.workflows.get(actor, params.id)),
  }),
  route({
    method: 'POST',
    path: '/workflows/:id/stop',
    need: 'workflow:control',
    tag: 'workflows',
    summary: 'Stop a workflow: a waiting one at once, a running one when its jobs are settled.',
    params: byId,
    answer: workflowView,
    problems: ['store.not_found', 'workflow.not_now'],
    handle: async ({ control, actor, params }) => viewWire(await control.workflows.stop(actor, params.id)),
  }),
  route({
    method: 'POST',
    path: '/workflows/:id/resolve',
    need: 'workflow:control',
    tag: 'workflows',
    summary: 'Do what one of the resolutions of a workflow says.',
    params: byId,
    body: z.strictObject({ resolution: text.describe('`id` of one of its resolutions.') }),
    answer: workflowView,
    problems: ['workflow.not_now', ...engineProblems],
    handle: async ({ control, actor, params, body }) =>
      viewWire(await control.workflows.resolve(actor, params.id, body.resolution)),
  }),
]

const recordTypes = {
  'application/x-ndjson': ndjson,
  'text/csv': (rows: AsyncIterable<RecordRow>) => csv(recordColumns, rows),
}

const personRoutes: readonly Route[] = [
  streamRoute({
    method: 'GET',
    path: '/workflows/:id/records',
    need: 'person:read',
    tag: 'workflows',
    summary: 'Read what has become of the rows of a workflow.',
    description:
      'JSON is a page of the list. CSV and NDJSON are the whole list, which is a download and needs `data:download`, too; one that is cut off in the middle ends without its last line break. It also needs `workflow:read`.',
    params: byId,
    query: z.strictObject({
      outcome: z.enum(outcomes).optional(),
      warnings: flag.describe('Rows that were sent without a value.'),
      alerts: flag.describe('What reading people back after the run has shown.'),
      limit: z.coerce.number().int().min(1).max(200).optional().describe('Of JSON: how many at most; 50 if not said.'),
      cursor: positionCursor,
      q: ofPerson,
    }),
    content: { 'application/x-ndjson': record, 'text/csv': z.string(), 'application/json': page(record) },
    problems: [...listProblems, 'store.not_found', 'workflow.not_now'],
    statuses: [406],
    handle: async ({ control, actor, params, query, request }) => {
      const type = accepted(request.headers.accept, ['application/x-ndjson', 'text/csv', 'application/json'])
      const { outcome = null, warnings, alerts, limit, cursor, q } = query
      const filter = { outcome, warnings, alerts, ...(q !== undefined && { person: q }) }
      if (type !== 'application/json' && (limit !== undefined || cursor !== undefined))
        throw invalid([
          { pointer: '/query', message: '`limit` and `cursor` are for pages: send `Accept: application/json`' },
        ])
      const runId = await control.workflows.runOf(actor, params.id)
      if (type === 'application/json') {
        const view = viewOf({ limit: limit ?? 50, cursor })
        const found = await viewed(control.app(actor, view).records(runId, filter), view)
        return { type: 'application/json; charset=utf-8', stream: Readable.from([JSON.stringify(found)]) }
      }
      const rows = await begun(control.app(actor).records(runId, filter))
      return {
        type: type === 'text/csv' ? 'text/csv; charset=utf-8' : type,
        stream: textStream(recordTypes[type](rows)),
      }
    },
  }),
  route({
    method: 'GET',
    path: '/people',
    need: 'person:read',
    tag: 'workflows',
    summary: 'Search the people who were delivered.',
    description:
      'By the beginning of an external_id, or part of a name or an address; who has exactly this external_id comes first. Asks no account. Without `pii:read` only a whole external_id finds somebody, and a text with an @ nobody.',
    query: z.strictObject({
      search: z.string().min(1).max(200).regex(/\S/, 'must not be blank').describe('In any case.'),
      limit: z.coerce.number().int().min(1).max(50).default(50).describe('How many at most.'),
      cursor: positionCursor,
    }),
    answer: page(foundPerson),
    // As that of a destination refuses every request to it.
    problems: ['zendesk.base_url_refused'],
    handle: async ({ control, actor, query }) => {
      const view = viewOf(query)
      return await viewed(await control.people.search(actor, query.search.trim(), view), view)
    },
  }),
  route({
    method: 'GET',
    path: '/people/:key',
    need: 'person:read',
    tag: 'workflows',
    summary: 'Read everything that is known of one person.',
    description: 'The key is an external_id or an e-mail address, in any case. Reads the person in the account.',
    params: byKey,
    query: z.strictObject({ field: text.optional(), destination: text.optional() }),
    answer: whyReport,
    // What Zendesk refuses is part of the answer.
    problems: ['config.unknown_object', 'zendesk.base_url_refused', 'project.locked', 'project.disk_full'],
    handle: ({ control, actor, params, query }) =>
      control.app(actor).why(params.key, query.field ?? null, query.destination ?? null),
  }),
]

const groupRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/groups/:key/runs',
    need: 'orchestration:run',
    tag: 'groups',
    summary: 'Run a group now.',
    params: byKey,
    status: 202,
    answer: groupRun,
    problems: ['store.not_found', 'orchestration.paused'],
    handle: async ({ control, actor, params }) => groupRunWire(await control.groups.run(actor, params.key)),
  }),
  route({
    method: 'GET',
    path: '/groups/:key/runs',
    need: 'workflow:read',
    tag: 'groups',
    summary: 'List the runs of a group, newest first.',
    description: 'Those of a group that was deleted stay; there is none of one that never was.',
    params: byKey,
    query: paged({}),
    answer: page(groupRun),
    handle: async ({ control, actor, params, query }) => {
      const { items, next } = await control.groups.runs(actor, params.key, pageOf(query))
      return { items: items.map(groupRunWire), next }
    },
  }),
  route({
    method: 'POST',
    path: '/signals/:signal',
    need: 'orchestration:run',
    tag: 'groups',
    summary: 'Begin every group that waits for a signal.',
    params: z.object({ signal: z.string().min(1).max(200) }),
    status: 202,
    answer: z.object({ items: z.array(groupRun) }),
    handle: async ({ control, actor, params }) => ({
      items: (await control.groups.signal(actor, params.signal)).map(groupRunWire),
    }),
  }),
  route({
    method: 'GET',
    path: '/schedules/preview',
    need: 'orchestration:read',
    tag: 'groups',
    summary: 'Read what a cron line means in a time zone.',
    query: z.strictObject({
      cron: z.string().min(1).max(200),
      time_zone: z.string().min(1).max(100).default('UTC'),
      count: z.coerce.number().int().min(1).max(50).default(5),
    }),
    answer: z.object({ reads: z.string().describe('The line in words.'), times: z.array(z.string()) }),
    problems: ['definition.invalid'],
    handle: async ({ control, actor, query }) => {
      const { reads, times } = await control.groups.preview(actor, query.cron, query.time_zone, query.count)
      return { reads, times: times.map((time) => time.toISOString()) }
    },
  }),
]

/** Notifications need a right of their own. */
async function* shownTo(actor: Actor, events: AsyncIterable<ServerEvent>): AsyncGenerator<ServerEvent> {
  for await (const event of events) if (event.type !== 'notification' || mayDo(actor, 'notification:read')) yield event
}

const eventRoutes: readonly Route[] = [
  streamRoute({
    method: 'GET',
    path: '/events',
    need: 'workflow:read',
    tag: 'events',
    summary: 'Listen to what happens (server-sent events).',
    description:
      'Begins with `hello`; a client that comes back reads its lists again then, because nothing is replayed. Ends within seconds when whoever listens is signed out, or gets other rights.',
    content: { 'text/event-stream': z.string() },
    handle: async ({ control, actor, gone, parts, request }) => {
      const changed = changedSignal(parts, { actor, request, gone })
      const signal = AbortSignal.any([gone, changed, parts.closing])
      const opening = async () => [{ event: 'hello', data: { version: parts.version } }]
      const texts = eventTexts({
        events: shownTo(actor, control.events(actor, {}, signal)),
        signal,
        opening,
        prefix: request.id,
      })
      return { type: 'text/event-stream', stream: textStream(texts) }
    },
  }),
  streamRoute({
    method: 'GET',
    path: '/workflows/:id/events',
    need: 'workflow:read',
    tag: 'events',
    summary: 'Listen to one workflow (server-sent events).',
    description:
      'Begins with the workflow as it is, as event `snapshot`. Ends within seconds when whoever listens is signed out, or gets other rights.',
    params: byId,
    content: { 'text/event-stream': z.string() },
    problems: ['store.not_found'],
    handle: async ({ control, actor, params, gone, parts, request }) => {
      const { id } = await control.workflows.get(actor, params.id)
      const changed = changedSignal(parts, { actor, request, gone })
      const signal = AbortSignal.any([gone, changed, parts.closing])
      const opening = async () => [{ event: 'snapshot', data: viewWire(await control.workflows.get(actor, id)) }]
      const events = shownTo(actor, control.events(actor, { workflow: id }, signal))
      return {
        type: 'text/event-stream',
        stream: textStream(eventTexts({ events, signal, opening, prefix: request.id })),
      }
    },
  }),
]

/** Planning, running, and what comes of it. */
export const workflowRoutes: readonly Route[] = [
  ...planRoutes,
  ...workRoutes,
  ...personRoutes,
  ...groupRoutes,
  ...eventRoutes,
]
