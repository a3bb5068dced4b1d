import { asProblem, type Problem } from '../../problem.ts'
import type { Definition, Dispatch, Notification, Store, WorkflowHeader, WorkflowState } from '../../store/store.ts'
import {
  attemptEnded,
  endedStates,
  type Happening,
  hasEnded,
  isTold,
  type Named,
  ownEnd,
  ownRuntime,
  recipientsOf,
  runtimeHappenings,
  type WorkflowChange,
  workflowHappenings,
} from './events.ts'
import type { EndedRun } from './norms.ts'
import { type Expand, readSubscriptions } from './subscriptions.ts'

export interface NotifierParts {
  store: Pick<Store, 'notifications' | 'definitions' | 'workflows' | 'workflowSubscriptions'>
  expand: Expand
  now(): Date
  newId(): string
  /** Hears of each notification once it is stored: for pages that are open, and to wake the dispatcher. */
  onAdded(notification: Notification): void
  /** Hears of subscriptions that cannot be read; the others are told. */
  onProblem(problem: Problem): void
}

/** Makes notifications of what happens. Everything may be told again, also after a crash: each notification is stored once. */
export interface Notifier {
  /** After every change of a header. `before` is the header that was replaced. */
  workflowChanged(before: WorkflowHeader | null, after: WorkflowHeader): Promise<void>
  /** Once a minute: which runs take too long. */
  checkRuntimes(): Promise<void>
  /** Of groups and credentials: what `upstreamHappenings`, `skippedHappenings`, `healthHappenings` and `expiryHappenings` found. */
  tell(happenings: readonly Happening[]): Promise<void>
  /** At start: what ended in the last day, or is subscribed to, and could not be told before the process ended. */
  catchUp(): Promise<void>
}

/** Former runs that are read: enough for the norm of the last two, when half of them were stopped or failed. */
const formerRuns = 50
/** What interests only who asked about one workflow. */
const toNobodyElse = () => false
const catchUpMs = 24 * 60 * 60 * 1000

export function openNotifier(parts: NotifierParts): Notifier {
  const { store } = parts
  const subscriptionsNow = () => readSubscriptions(store.definitions, parts.expand, parts.onProblem)

  /** `own`: further places of one happening, by what it is about. */
  async function tell(happenings: readonly Happening[], own: ReadonlyMap<string, Place[]> = new Map()): Promise<void> {
    if (happenings.length === 0) return
    const subscriptions = await subscriptionsNow()
    for (const happening of happenings) {
      const recipients = distinct([...recipientsOf(happening, subscriptions), ...(own.get(happening.about) ?? [])])
      if (!isTold(happening, recipients)) continue
      const notification = notificationOf(happening, parts.newId())
      const dispatches = recipients.map((place) => dispatchOf(place, notification.id, parts))
      if (await store.notifications.add(notification, dispatches)) parts.onAdded(notification)
    }
  }

  async function workflowChanged(before: WorkflowHeader | null, after: WorkflowHeader): Promise<void> {
    if (attemptEnded(after) === null) return
    const change = {
      ...(await namesOf(parts, after.orchestration)),
      before,
      after,
      former: await formerOf(store, after),
    }
    const happenings = workflowHappenings(change)
    const end = ownEnd(change)
    if (end === null) return await tell(happenings)
    const { happening, event } = end
    const asking = (await store.workflowSubscriptions.list(after.id)).filter(({ events }) => events.includes(event))
    const isAmong = happenings.some(({ about }) => about === happening.about)
    const more = isAmong || asking.length === 0 ? [] : [{ ...happening, matters: toNobodyElse }]
    await tell([...happenings, ...more], new Map([[happening.about, asking]]))
  }

  /** Those who asked about one workflow alone. */
  async function checkOwnRuntimes(): Promise<void> {
    for (const asking of await store.workflowSubscriptions.list()) {
      if (!asking.events.includes('runs_long')) continue
      const after = await store.workflows.get(asking.workflow)
      if (after === null) continue
      const names = await namesOf(parts, after.orchestration)
      const happening = ownRuntime({ ...names, after, at: parts.now() }, asking)
      if (happening !== null)
        await tell([{ ...happening, matters: toNobodyElse }], new Map([[happening.about, [asking]]]))
    }
  }

  return {
    tell: (happenings) => tell(happenings),
    workflowChanged,
    async checkRuntimes() {
      await checkOwnRuntimes()
      const limits = (await subscriptionsNow())
        .filter(({ events }) => events.includes('runs_long'))
        .map(({ thresholds }) => thresholds.runtime_minutes)
      if (limits.length === 0) return
      const running = await store.workflows.list({ states: ['running', 'stopping'] }, { limit: 100, cursor: null })
      for (const after of running.items) {
        const names = await namesOf(parts, after.orchestration)
        const former = await formerOf(store, after)
        await tell(runtimeHappenings({ ...names, after, former, at: parts.now() }, limits))
      }
    },
    async catchUp() {
      const since = parts.now().getTime() - catchUpMs
      for (const header of await store.workflows.latest()) {
        if (header.endedAt !== null && header.endedAt.getTime() >= since) await workflowChanged(null, header)
      }
      for (const workflow of new Set((await store.workflowSubscriptions.list()).map((one) => one.workflow))) {
        const header = await store.workflows.get(workflow)
        if (header !== null && !hasEnded(header)) continue
        if (header !== null) await workflowChanged(null, header)
        await store.workflowSubscriptions.removeAll(workflow)
      }
    },
  }
}

function notificationOf(happening: Happening, id: string): Notification {
  const { about, event, severity, orchestration, workflow, title, text, link, at } = happening
  return { id, about, event, severity, orchestration, workflow, title, text, link, at, readAt: null }
}

type Place = Pick<Dispatch, 'channel' | 'target'>

function distinct(places: readonly Place[]): Place[] {
  return [
    ...new Map(places.map(({ channel, target }) => [JSON.stringify([channel, target]), { channel, target }])).values(),
  ]
}

function dispatchOf({ channel, target }: Place, notification: string, { newId, now }: NotifierParts): Dispatch {
  const nothing = { attempts: 0, lastError: null, sentAt: null }
  return { id: newId(), notification, channel, target, state: 'pending', nextAt: now(), ...nothing }
}

/** Runs of the same orchestration that ended before, newest end first. */
async function formerOf(store: NotifierParts['store'], after: WorkflowHeader): Promise<EndedRun[]> {
  const listed = async (states: readonly WorkflowState[]) =>
    (await store.workflows.list({ orchestrations: [after.orchestration], states }, { limit: formerRuns, cursor: null }))
      .items
  // Apart, so that a long queue hides no run.
  const items = [...(await listed(endedStates)), ...(await listed(['waiting']))]
  const endOf = (run: Pick<WorkflowHeader, 'endedAt' | 'requestedAt'>) => (run.endedAt ?? run.requestedAt).getTime()
  const before = after.endedAt?.getTime() ?? Number.POSITIVE_INFINITY
  return items
    .flatMap((run) => attemptEnded(run) ?? [])
    .filter((run) => run.id !== after.id && endOf(run) <= before)
    .sort((a, b) => endOf(b) - endOf(a))
}

/** How people know an orchestration and its destination; keys where there are no names or no definitions any more. */
async function namesOf(
  parts: NotifierParts,
  key: string,
): Promise<Pick<WorkflowChange, 'orchestration' | 'destination'>> {
  const definition = await parts.store.definitions.get('orchestration', key)
  if (definition === null) return { orchestration: { key, name: key }, destination: null }
  const orchestration = named(parts, definition)
  const destination = textOf(parts, definition, 'destination')
  if (destination === null) return { orchestration, destination }
  const to = await parts.store.definitions.get('destination', destination)
  return { orchestration, destination: to === null ? destination : named(parts, to).name }
}

/** The name of a definition; its key where it has none. */
function named(parts: NotifierParts, definition: Definition): Named {
  return { key: definition.key, name: textOf(parts, definition, 'name') ?? definition.key }
}

/** One text of a body. A variable that is missing elsewhere in it may be what is to be told, and one that is missing here must not prevent it. */
function textOf({ expand, onProblem }: NotifierParts, { body }: Definition, field: string): string | null {
  const value = body[field]
  if (typeof value !== 'string' || value === '') return null
  try {
    return String(expand({ [field]: value })[field])
  } catch (error) {
    onProblem(asProblem(error))
    return null
  }
}
