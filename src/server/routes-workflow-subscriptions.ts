import { z } from 'zod'
import { workflowSubscriptionBody } from '../control/notify/subscription-body.ts'
import { type WorkflowSubscription, workflowSubscriptionEvents } from '../store/store.ts'
import { type Route, route, silentRoute } from './route.ts'
import { byId, iso } from './wire.ts'

const subscription = z
  .object({
    id: z.string(),
    workflow: z.string(),
    events: z.array(z.enum(workflowSubscriptionEvents)),
    channel: z.string(),
    target: z.string(),
    runtime_minutes: z.number(),
    created_at: z.string(),
    created_by: z.string(),
  })
  .meta({ id: 'WorkflowSubscription', description: 'Who hears of one workflow.' })

function subscriptionWire(one: WorkflowSubscription): z.output<typeof subscription> {
  const { id, workflow, events, channel, target, runtimeMinutes, createdAt, createdBy } = one
  const made = { created_at: iso(createdAt), created_by: createdBy }
  return { id, workflow, events, channel, target, runtime_minutes: runtimeMinutes, ...made }
}

/** Subscriptions to one workflow. */
export const workflowSubscriptionRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/workflows/:id/subscriptions',
    need: 'notification:read',
    tag: 'notifications',
    summary: 'List who hears of a workflow, oldest first.',
    params: byId,
    answer: z.object({ items: z.array(subscription) }),
    problems: ['store.not_found'],
    handle: async ({ control, actor, params }) => ({
      items: (await control.workflowSubscriptions.list(actor, params.id)).map(subscriptionWire),
    }),
  }),
  route({
    method: 'POST',
    path: '/workflows/:id/subscriptions',
    need: 'notification:write',
    tag: 'notifications',
    summary: 'Tell how a workflow ends, or that it runs long, through a channel.',
    description: 'It is gone when the workflow has ended. It also needs `workflow:read`.',
    params: byId,
    body: workflowSubscriptionBody,
    status: 201,
    answer: subscription,
    problems: ['store.not_found', 'definition.invalid', 'workflow.not_now'],
    handle: async ({ control, actor, params, body }) =>
      subscriptionWire(await control.workflowSubscriptions.add(actor, params.id, body)),
  }),
  silentRoute({
    method: 'DELETE',
    path: '/workflows/:id/subscriptions/:subscription',
    need: 'notification:write',
    tag: 'notifications',
    summary: 'Tell somebody nothing of a workflow any more.',
    params: byId.extend({ subscription: z.string().min(1).max(320) }),
    problems: ['store.not_found'],
    handle: ({ control, actor, params }) => control.workflowSubscriptions.remove(actor, params.id, params.subscription),
  }),
]
