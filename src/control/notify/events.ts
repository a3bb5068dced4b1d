import type { GroupRun, Notification, WorkflowHeader, WorkflowSubscription } from '../../store/store.ts'
import type { Task } from '../control.ts'
import { rowAlertsOf } from '../row-alerts.ts'
import { codeOf, maskEmails, masked, oneLine, problemLines } from './masked.ts'
import {
  type Counts,
  countsOf,
  type EndedRun,
  type EndedState,
  normalRows,
  rowsStray,
  sharesRise,
  wholeResult,
} from './norms.ts'
import { askedOnly, type EventName, type SubscriptionBody, type Thresholds } from './subscription-body.ts'

/**
 * From a change to what is told of it. Pure: the same change always gives the same happenings, with the same keys, so that telling again after
 * a crash adds nothing. A state is told when it begins and is silent as long as it stays.
 */
export interface Happening extends Pick<Notification, 'about' | 'severity' | 'orchestration' | 'workflow' | 'title'> {
  event: EventName
  /** Lines of plain text. */
  text: string
  link: string
  at: Date
  /** Keys of the orchestrations that it touches: subscriptions to any of them hear of it. */
  touches: readonly string[]
  /** At which thresholds of a subscription it matters; null: at all. */
  matters: ((thresholds: Thresholds) => boolean) | null
  /** Subscriptions that ask for this event too hear only that one. */
  coveredBy: EventName | null
}

/** An object as people know it. */
export interface Named {
  key: string
  name: string
}

export interface WorkflowChange {
  orchestration: Named
  /** Name of the destination; null when the orchestration is not defined any more. */
  destination: string | null
  before: WorkflowHeader | null
  after: WorkflowHeader
  /** Runs of the orchestration that ended before, newest first; 21 completed ones suffice. An earlier attempt of this run may be the first. */
  former: readonly EndedRun[]
}

export const endedStates: readonly EndedState[] = ['stopped', 'completed', 'completed_with_alerts', 'error']

/** Is the work at it over, for now? */
export function hasEnded(run: WorkflowHeader): run is WorkflowHeader & { state: EndedState } {
  return endedStates.some((state) => state === run.state)
}

/** As it is told: an attempt that a guard ended has come to its end too, though its workflow waits for somebody. Null: the work goes on. */
export function attemptEnded(run: WorkflowHeader): (WorkflowHeader & { state: EndedState }) | null {
  if (hasEnded(run)) return run
  return run.state === 'waiting' && run.endedAt !== null ? { ...run, state: 'error' } : null
}

/** What the change of a workflow's header means; nothing unless an attempt at it has just ended. */
export function workflowHappenings(change: WorkflowChange): Happening[] {
  const after = attemptEnded(change.after)
  if (after === null) return []
  const { before } = change
  const ended = before === null ? null : attemptEnded(before)
  if (ended !== null && ended.state === after.state && ended.attempt === after.attempt) return []
  const former = [...earlierAttempt(before), ...change.former]
  return [...endOf(change, after, former), ...alerted(change, after), ...measured(change, after, former)]
}

type OwnEvent = WorkflowSubscription['events'][number]

const ownEvents: Record<Condition['event'], OwnEvent> = {
  failed: 'failed',
  waits_for_approval: 'failed',
  stopped: 'stopped',
  completed_with_alerts: 'succeeded',
  completed: 'succeeded',
}

/** What a subscription to this workflow alone is told of its end, also where everybody else knows already. Null: it has not ended. */
export function ownEnd({ after, ...change }: WorkflowChange): { happening: Happening; event: OwnEvent } | null {
  if (!hasEnded(after)) return null
  const { event } = conditionOf(after)
  return { happening: happening({ ...change, after }, event, looks[event]), event: ownEvents[event] }
}

/** What a subscription to this workflow alone is told while it runs; null: nothing (yet). */
export function ownRuntime(
  running: Omit<WorkflowChange, 'before' | 'former'> & { at: Date },
  { id, runtimeMinutes }: WorkflowSubscription,
): Happening | null {
  const [found] = runtimeHappenings({ ...running, former: [] }, [runtimeMinutes])
  return found === undefined ? null : { ...found, about: `${found.about}/${id}` }
}

/** A header that is tried again keeps its problem until it ends; what it was before is one more former run. */
function earlierAttempt(before: WorkflowHeader | null): EndedRun[] {
  if (before === null || before.problem === null || before.attempt < 2) return []
  const stopped = before.problem.code === 'workflow.stopped'
  return [{ ...before, state: stopped ? 'stopped' : 'error', rows: null, startedAt: null, endedAt: null }]
}

/** The state of an orchestration after a run, as far as a change of it is told. */
type Condition = {
  event: 'failed' | 'waits_for_approval' | 'stopped' | 'completed_with_alerts' | 'completed'
  code: string | null
}

function conditionOf(run: EndedRun): Condition {
  if (run.state !== 'error') return { event: run.state, code: null }
  const code = run.problem === null ? 'unknown' : codeOf(run.problem)
  return { event: code.startsWith('guard.') ? 'waits_for_approval' : 'failed', code }
}

const looks = {
  failed: { severity: 'error', title: 'failed' },
  waits_for_approval: { severity: 'warning', title: 'waits for approval' },
  stopped: { severity: 'info', title: 'was stopped' },
  completed_with_alerts: { severity: 'warning', title: 'completed with alerts' },
  completed: { severity: 'info', title: 'completed' },
  recovered: { severity: 'recovery', title: 'recovered' },
} as const satisfies Partial<Record<EventName, Pick<Happening, 'severity' | 'title'>>>

function endOf(change: WorkflowChange, run: EndedRun, former: readonly EndedRun[]): Happening[] {
  const now = conditionOf(run)
  const [last] = former.map(conditionOf)
  if (now.event === 'completed') {
    // That somebody stopped a run says nothing about whether it would have worked.
    const unresolved = former.map(conditionOf).find((one) => one.event !== 'stopped')
    const recovered = unresolved !== undefined && unresolved.event !== 'completed'
    const completed = happening(change, 'completed', looks.completed)
    if (!recovered) return [completed]
    return [happening(change, 'recovered', looks.recovered), { ...completed, coveredBy: 'recovered' }]
  }
  if (last !== undefined && last.event === now.event && last.code === now.code) return []
  return [happening(change, now.event, looks[now.event])]
}

/**
 * What the number of rows gave to say where the run went on. That a bound was passed in the run before, too, is no news; a number that has changed
 * once more is. A run that is tried again tells it once.
 */
function alerted(change: WorkflowChange, run: EndedRun): Happening[] {
  if (conditionOf(run).event === 'waits_for_approval') return []
  const last = change.former.find(({ tasks }) => planOf(tasks) !== undefined)
  const before = new Set(last === undefined ? [] : alertsOf(last).map(({ code }) => code))
  const news = alertsOf(run).filter(({ code }) => code === 'rows_changed' || !before.has(code))
  const [first] = news
  if (first === undefined) return []
  const title = `has an unexpected number of rows: ${number(first.rows)}`
  const told = happening(change, 'rows_alert', { severity: 'warning', title })
  return [
    {
      ...told,
      about: `workflow/${run.id}/rows_alert/${news.map(({ code }) => code).join('+')}`,
      text: [told.text, ...news.map(({ message }) => masked(message))].join('\n'),
    },
  ]
}

const tasksOf = (tasks: EndedRun['tasks']) => tasks as unknown as Task[]
const planOf = (tasks: EndedRun['tasks']) => tasksOf(tasks).find((one) => one.task === 'plan')?.output.plan_id
const alertsOf = ({ tasks }: EndedRun) => rowAlertsOf(tasksOf(tasks))

/** What is only told at the thresholds of a subscription. */
function measured(change: WorkflowChange, run: EndedRun, former: readonly EndedRun[]): Happening[] {
  const counts = countsOf(run.rows)
  if (counts === null || wholeResult(run) === null) return []
  const { total, failed, rejected } = counts
  const share = `${percentOf(failed, total)} failed and ${percentOf(rejected, total)} were rejected`
  const refused = happening(
    change,
    'rows_refused',
    { severity: 'warning', title: `has rows that did not arrive: ${share}` },
    (limits) => sharesRise(run, former, limits),
  )
  const normal = normalRows(former)
  if (normal === null) return [refused]
  const title = `has an unusual number of rows: ${number(total)} instead of about ${number(Math.round(normal))}`
  const unusual = happening(change, 'rows_unusual', { severity: 'warning', title }, ({ rows_factor }) =>
    rowsStray(run, former, rows_factor),
  )
  return [refused, unusual]
}

function happening(
  change: Omit<WorkflowChange, 'before' | 'former'>,
  event: EventName,
  look: Pick<Happening, 'severity' | 'title'>,
  matters: Happening['matters'] = null,
): Happening {
  const { orchestration, after } = change
  return {
    about: `workflow/${after.id}/${after.attempt}/${event}`,
    event,
    severity: look.severity,
    orchestration: orchestration.key,
    workflow: after.id,
    title: `${shownName(orchestration.name)} ${look.title}`,
    text: workflowText(change).join('\n'),
    link: `/workflows/${encodeURIComponent(after.id)}`,
    at: after.endedAt ?? after.startedAt ?? after.requestedAt,
    touches: [orchestration.key],
    matters,
    coveredBy: null,
  }
}

function workflowText({ orchestration, destination, after }: Omit<WorkflowChange, 'before' | 'former'>): string[] {
  const to = destination === null ? '' : ` Destination: ${shownName(destination)}.`
  const counts = countsOf(after.rows)
  return [
    `Orchestration: ${shownName(orchestration.name)}.${to} Run: ${after.id}.`,
    ...(counts === null ? [] : [rowsText(counts)]),
    ...problemLines(after.problem),
  ]
}

function rowsText(counts: Counts): string {
  const { total, ...kinds } = counts
  const list = Object.entries(kinds).map(([kind, rows]) => `${number(rows)} ${kind}`)
  return `${number(total)} rows: ${list.join(', ')}.`
}

const number = (value: number) => value.toLocaleString('en-US')
const percentOf = (rows: number, total: number) =>
  `${(total === 0 ? 0 : (rows / total) * 100).toLocaleString('en-US', { maximumFractionDigits: 1 })}%`

/** A name that people gave to an object: it may not carry an address or a line break into a message. */
export function shownName(name: string): string {
  return oneLine(maskEmails(oneLine(name, 100)), 100)
}

/**
 * A workflow that is still running at `at`: one happening for each of `limitsMinutes` that it exceeds and that the run before did not exceed.
 * Each limit is told once for an attempt.
 */
export function runtimeHappenings(
  running: Omit<WorkflowChange, 'before'> & { at: Date },
  limitsMinutes: readonly number[],
): Happening[] {
  const { after, at, former } = running
  if (hasEnded(after) || after.state === 'waiting' || after.startedAt === null) return []
  const ranMinutes = (at.getTime() - after.startedAt.getTime()) / 60_000
  const last = former.find((run) => run.startedAt !== null && run.endedAt !== null)
  const lastMinutes = last === undefined ? 0 : (last.endedAt!.getTime() - last.startedAt!.getTime()) / 60_000
  return [...new Set(limitsMinutes)]
    .filter((limit) => ranMinutes > limit && lastMinutes <= limit)
    .map((limit) => ({
      ...happening(running, 'runs_long', {
        severity: 'warning',
        title: `has been running for more than ${number(limit)} minutes`,
      }),
      about: `workflow/${after.id}/${after.attempt}/runs_long/${limit}`,
      at,
      matters: ({ runtime_minutes }: Thresholds) => runtime_minutes === limit,
    }))
}

/** A group that did not begin because the run of the group before it failed. `formerUpstream`: ended runs of that group before, newest first. */
export function upstreamHappenings(failure: {
  group: Named
  orchestrations: readonly string[]
  upstream: Named
  run: GroupRun
  formerUpstream: readonly GroupRun[]
}): Happening[] {
  const { group, upstream, run, formerUpstream } = failure
  if (run.state !== 'error' || formerUpstream[0]?.state === 'error') return []
  const [name, before] = [shownName(group.name), shownName(upstream.name)]
  return [
    groupHappening(failure, {
      about: `group-run/${run.id}/upstream_failed/${group.key}`,
      event: 'upstream_failed',
      severity: 'error',
      title: `${name} did not begin, because ${before} failed`,
      text: `Group: ${name}. It follows the group ${before}, of which a run ended with an error.\nWhat to do: resolve the failed run, or run the group by hand.`,
      at: run.endedAt ?? run.startedAt,
    }),
  ]
}

/** Why a tick began nothing. */
export const skipReasons = {
  still_running: 'the run before was still going on',
  paused: 'it is paused',
  missed: 'the server was down',
} as const satisfies Record<string, string>

/** A tick of a schedule that began no run. `lastSkipped`: the tick before was skipped, too. */
export function skippedHappenings(skip: {
  group: Named
  orchestrations: readonly string[]
  dueAt: Date
  reason: keyof typeof skipReasons
  lastSkipped: boolean
  at: Date
}): Happening[] {
  if (skip.lastSkipped) return []
  const name = shownName(skip.group.name)
  return [
    groupHappening(skip, {
      about: `group/${skip.group.key}/${skip.dueAt.toISOString()}/run_skipped`,
      event: 'run_skipped',
      severity: 'warning',
      title: `A scheduled run of ${name} was skipped`,
      text: `Group: ${name}. The run that was due at ${skip.dueAt.toISOString()} did not begin: ${skipReasons[skip.reason]}.`,
      at: skip.at,
    }),
  ]
}

function groupHappening(
  { group, orchestrations }: { group: Named; orchestrations: readonly string[] },
  told: Pick<Happening, 'about' | 'event' | 'severity' | 'title' | 'text' | 'at'>,
): Happening {
  const link = `/groups/${encodeURIComponent(group.key)}`
  return { ...told, link, orchestration: null, workflow: null, touches: orchestrations, matters: null, coveredBy: null }
}

/** Where a happening goes: channel and target of each subscription that asks for it, once each. */
export function recipientsOf(
  happening: Happening,
  subscriptions: readonly SubscriptionBody[],
): Pick<SubscriptionBody, 'channel' | 'target'>[] {
  const places = subscriptions
    .filter((one) => one.orchestrations === 'all' || one.orchestrations.some((key) => happening.touches.includes(key)))
    .filter((one) => one.events.includes(happening.event) && !one.events.some((name) => name === happening.coveredBy))
    .filter((one) => happening.matters === null || happening.matters(one.thresholds))
    .map(({ channel, target }) => ({ channel, target }))
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()]
}

/** Is it told at all, with these recipients? */
export function isTold(happening: Happening, recipients: readonly unknown[]): boolean {
  return !askedOnly.has(happening.event) || recipients.length > 0
}
