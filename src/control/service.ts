import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiKeys } from '../access/api-keys.ts'
import type { Note } from '../access/authorize.ts'
import { Joining } from '../access/joining.ts'
import type { Cost } from '../access/passwords.ts'
import type { SecretBox } from '../access/secret-box.ts'
import { SignIn } from '../access/sign-in.ts'
import { type OwnApp, openApp } from '../app.ts'
import { allowedHosts } from '../destination/zendesk/origin.ts'
import { duckdbEngine } from '../engine/duckdb.ts'
import type { Log } from '../log.ts'
import { asProblem, type Problem } from '../problem.ts'
import { readGroupBody } from '../project/group-body.ts'
import { publicUrlOf } from '../public-url.ts'
import type { Store, WorkflowHeader } from '../store/store.ts'
import { ControlActivity } from './activity.ts'
import { ProjectApply } from './apply.ts'
import { Catalog } from './catalog.ts'
import { ControlColumns, confirmedTags } from './columns.ts'
import type { Control, HandOvers, ServerEvent } from './control.ts'
import { StoredDefinitions } from './definitions.ts'
import { Gate } from './gate.ts'
import { ControlGroups, wholeRun } from './groups.ts'
import { HandOverLinks } from './hand-overs.ts'
import { HandingOver } from './handing-over.ts'
import { CredentialHealthKeeper } from './health.ts'
import { Hub } from './hub.ts'
import { ControlKeys } from './keys.ts'
import { ControlNotifications } from './notifications.ts'
import { type Outside, systemResolve } from './notify/channels/outside.ts'
import { type Dispatcher, openDispatcher } from './notify/dispatcher.ts'
import { hasEnded, skippedHappenings, upstreamHappenings } from './notify/events.ts'
import { type Notifier, openNotifier } from './notify/notifier.ts'
import { ControlPeople } from './people.ts'
import { openProjectSecrets, openProjectStore } from './project-store.ts'
import { Reach } from './reach.ts'
import { Runs } from './runs.ts'
import { Scheduler } from './scheduler.ts'
import { servedApp } from './served-app.ts'
import { Admission } from './sso/admission.ts'
import { SingleSignOn } from './sso/single-sign-on.ts'
import { statusOf } from './status.ts'
import { TableReaders } from './table-readers.ts'
import { Totals } from './totals.ts'
import { Upkeep } from './upkeep.ts'
import { sweepUploads } from './upload-folder.ts'
import { uploadLimitBytes } from './upload-limit.ts'
import { ControlTables } from './uploads.ts'
import { ControlUsers } from './users.ts'
import { visibleOf } from './visible.ts'
import { ControlWorkflowSubscriptions } from './workflow-subscriptions.ts'

export interface ServiceOptions {
  log: Pick<Log, 'error'>
  version: string
  now?: () => Date
  newId?: () => string
  /** Milliseconds of a monotonic clock, for the waits after failed sign-ins. */
  monotonicMs?: () => number
  /** What hashes of passwords cost. */
  passwordCost?: Cost
  /** Resolves after this time, or when the signal aborts; never rejects. */
  wait?: (delayMs: number, signal: AbortSignal) => Promise<void>
  /** 0 to 1. */
  random?: () => number
}

/** A project as a server has it open: everything but HTTP. */
export interface Service {
  control: Control
  store: Store
  app: OwnApp
  /** Writes a line of the activity log. */
  note: Note
  signIn: SignIn
  joining: Joining
  sso: SingleSignOn
  keys: ApiKeys
  box: SecretBox
  /** Begins to work: the queue, the schedules, the outbox. Before that, everything can be looked at and defined. */
  begin(): Promise<void>
  /** Lets the workflow at work settle its jobs for this long, then cuts it short; it goes on after the next start. */
  close(graceMs: number): Promise<void>
}

/** What the parts of a service share. */
interface Ground {
  env: NodeJS.ProcessEnv
  app: OwnApp
  store: Store
  box: SecretBox
  catalog: Catalog
  gate: Gate
  reach: Reach
  hub: Hub
  now: () => Date
  newId: () => string
  wait: (delayMs: number, signal: AbortSignal) => Promise<void>
  random: () => number
  /** Where messages, and questions to identity providers, may go. */
  outside: Outside
  onProblem: (problem: Problem, about?: string | null) => void
}

/**
 * Opens the control store (`DESKSIDE_DATABASE_URL`, or SQLite in `.deskside`), the secrets and the ledger of a project. Throws what opening
 * them throws: `project.locked` when another process has the ledger, `store.unreachable`, `store.newer`, `access.key_missing`.
 */
export async function openService(
  projectDir: string,
  env: NodeJS.ProcessEnv,
  options: ServiceOptions,
): Promise<Service> {
  const ground = await openGround(projectDir, env, options)
  const { app, store, catalog, gate, reach, hub, box, now, newId } = ground
  const totals = new Totals(now())
  const { dispatcher, notifier } = openNotifying(ground)
  const health = new CredentialHealthKeeper({ app, store, catalog, notifier, now })
  const workflowSubscriptions = new ControlWorkflowSubscriptions(ground)
  const runs: Runs = new Runs({
    ...ground,
    onEnded: (workflow) => workflowSubscriptions.ended(workflow),
    async onChange(before, after) {
      workflowSubscriptions.changing(after)
      await notifier.workflowChanged(before, after)
      if (hasEnded(after)) scheduler.wake()
    },
    async onSummary(summary) {
      totals.add(summary)
      await health.used(summary)
    },
  })
  const scheduler: Scheduler = openScheduler(ground, notifier, runs)
  const upkeep = new Upkeep({ ...ground, notifier, health })
  const keys = new ApiKeys({ access: store.access, now })
  const onChange = () => scheduler.wake()
  const users = new ControlUsers({ access: store.access, gate, now, newId })
  const readers = new TableReaders({ catalog, engine: duckdbEngine() })
  const definitions = new StoredDefinitions({
    ...ground,
    readers,
    statusOf: (definition) => statusOf({ ...ground, health }, definition),
    onChange,
    onTested: (credential, problem) => health.note(credential, problem),
  })
  const control: Control = {
    definitions,
    columns: new ControlColumns(ground),
    tables: openTables(ground, { projectDir, readers, definitions, onChange }),
    people: new ControlPeople(ground),
    workflows: runs,
    workflowSubscriptions,
    groups: new ControlGroups({ store, gate, catalog, reach, scheduler, now }),
    notifications: new ControlNotifications({ store, gate, dispatcher, now }),
    keys: new ControlKeys({ gate, keys, access: store.access }),
    users,
    handOvers: openHandOvers(ground, { definitions, notifier }),
    applied: new ProjectApply({ ...ground, dir: projectDir, onChange }),
    activity: new ControlActivity({ store: store.activity, gate, now }),
    async *events(actor, { workflow }, signal) {
      await gate.pass(actor, 'workflow:read', workflow === undefined ? 'workflow' : `workflow/${workflow}`)
      const heard = hub.listen((event) => workflow === undefined || isAbout(event, workflow), signal)
      for await (const event of heard)
        yield event.type === 'workflow' ? { ...event, workflow: runs.shownTo(actor, event.workflow) } : event
    },
    app: (actor, view) =>
      servedApp({
        ...{ actor, app, gate, reach, runs, view: view ?? null },
        visibleOf: (orchestration) => visibleOf(app, orchestration),
      }),
    figures: () => totals.figures(store, options.version),
  }
  const note: Note = (attempt, detail) => gate.note(attempt, detail)
  const signIn = new SignIn({
    ...{ access: store.access, now, newId, note },
    ...(options.monotonicMs && { monotonicMs: options.monotonicMs }),
    ...(options.passwordCost && { cost: options.passwordCost }),
  })
  const joining = new Joining({ access: store.access, signIn, now, newId, note })
  return {
    control,
    store,
    app,
    note,
    signIn,
    joining,
    sso: openSingleSignOn(ground, { users, signIn, note }),
    keys,
    box,
    ...working(ground, { runs, notifier, dispatcher, scheduler, upkeep }),
  }
}

function openTables(
  ground: Ground,
  parts: { projectDir: string; readers: TableReaders; definitions: StoredDefinitions; onChange: () => void },
): ControlTables {
  return new ControlTables({
    ...{ ...ground, ...parts, engine: duckdbEngine(), mostBytes: uploadLimitBytes(ground.env) },
    onProblem: (error, about) => ground.onProblem(asProblem(error), about),
  })
}

function openHandOvers(ground: Ground, parts: { definitions: StoredDefinitions; notifier: Notifier }): HandOvers {
  const shared = { ...ground, ...parts, access: ground.store.access }
  const links = new HandOverLinks(shared)
  const entering = new HandingOver(shared)
  return {
    create: (actor, input) => links.create(actor, input),
    list: (actor) => links.list(actor),
    revoke: (actor, id) => links.revoke(actor, id),
    look: (token, via) => entering.look(token, via),
    enter: (token, fields, via) => entering.enter(token, fields, via),
  }
}

async function openGround(
  projectDir: string,
  env: NodeJS.ProcessEnv,
  { log, now = () => new Date(), newId = randomUUID, wait = systemWait, random = Math.random }: ServiceOptions,
): Promise<Ground> {
  let catalog: Catalog | null = null
  let tagged: Store | null = null
  const source = { dir: projectDir, now: () => catalog!.project() }
  const app = await openApp(source, () => confirmedTags(tagged!), env, now)
  try {
    // The ledger first: its lock keeps a second server out.
    await app.workflows()
    const store = await openProjectStore(projectDir, env, now)
    tagged = store
    try {
      const box = await openProjectSecrets(projectDir, env, store)
      catalog = await Catalog.open(store, box, projectDir, env)
      await sweepUploads(projectDir, catalog, store)
      const onProblem = (problem: Problem, about: string | null = null) =>
        log.error({ code: problem.code, about, err: problem }, 'Something could not be done; it is tried again.')
      const gate = new Gate(store.activity, now)
      const reach = new Reach({ catalog, gate })
      const outside = { allowedHosts: [...allowedHosts(env)], resolve: systemResolve, timeoutMs: 10_000 }
      const hub = new Hub()
      return { outside, env, app, store, box, catalog, gate, reach, hub, now, newId, wait, random, onProblem }
    } catch (error) {
      await store.close()
      throw error
    }
  } catch (error) {
    await app.close()
    throw error
  }
}

function openSingleSignOn(
  { env, store, catalog, gate, outside, now, newId }: Ground,
  { users, signIn, note }: { users: ControlUsers; signIn: SignIn; note: Note },
): SingleSignOn {
  const { access, secrets } = store
  const admission = new Admission({ access, gate, users, now, newId })
  return new SingleSignOn({ catalog, secrets, admission, signIn, note, outside, publicUrl: publicUrlOf(env), now })
}

function openNotifying(ground: Ground): { dispatcher: Dispatcher; notifier: Notifier } {
  const { env, store, catalog, hub, now, newId, wait, random, outside, onProblem } = ground
  // Variables stand in credentials only, and channels and subscriptions are no credentials.
  const expand = <T>(body: T): T => body
  const dispatcher = openDispatcher({
    notifications: store.notifications,
    definitions: store.definitions,
    secretsOf: (channel) => catalog.openSecrets('channel', channel),
    expand,
    publicUrl: publicUrlOf(env),
    outside,
    clock: { now, sleep: wait },
    random,
    newId,
    onProblem,
    atMost: 4,
  })
  const notifier = openNotifier({
    store,
    expand,
    now,
    newId,
    onAdded(notification) {
      hub.publish({ type: 'notification', notification })
      dispatcher.wake()
    },
    onProblem,
  })
  return { dispatcher, notifier }
}

function openScheduler(
  { store, catalog, now, newId, wait, onProblem }: Ground,
  notifier: Notifier,
  runs: Runs,
): Scheduler {
  return new Scheduler({
    store,
    now,
    wait,
    makeId: newId,
    headersFor: ({ body }, { id, trigger, startedBy }) =>
      body.orchestrations.map(
        (orchestration): WorkflowHeader =>
          runs.headerOf(orchestration, { request: wholeRun, trigger, startedBy, groupRun: id }),
      ),
    onBegun: () => runs.kick(),
    async onSkipped({ group, dueAt, running }) {
      const last = await store.groups.lastTick(group)
      // A tick between the one of the run at work and this one was skipped, and told.
      const lastSkipped = last !== null && running.dueAt !== null && last > running.dueAt
      const facts = groupFacts(catalog, group)
      await notifier.tell(skippedHappenings({ ...facts, dueAt, reason: 'still_running', lastSkipped, at: now() }))
    },
    async onUpstreamFailed({ group, upstream }) {
      const { items } = await store.groups.list(upstream.group, { limit: 10, cursor: null })
      const formerUpstream = items.filter(({ id, state }) => id !== upstream.id && state !== 'running')
      const { group: named } = groupFacts(catalog, upstream.group)
      const facts = groupFacts(catalog, group)
      await notifier.tell(upstreamHappenings({ ...facts, upstream: named, run: upstream, formerUpstream }))
    },
    onProblem,
  })
}

/** The parts that work by themselves. */
function working(
  { app, store }: Ground,
  parts: { runs: Runs; notifier: Notifier; dispatcher: Dispatcher; scheduler: Scheduler; upkeep: Upkeep },
): Pick<Service, 'begin' | 'close'> {
  const { runs, notifier, dispatcher, scheduler, upkeep } = parts
  const closing = new AbortController()
  let atWork: Promise<unknown> = Promise.resolve()
  return {
    async begin() {
      await runs.begin()
      await notifier.catchUp()
      await dispatcher.start()
      atWork = Promise.all([scheduler.run(closing.signal), upkeep.run(closing.signal)])
    },
    async close(graceMs) {
      closing.abort()
      await runs.close(graceMs)
      // A daily check may be waiting for an account that does not answer.
      const waited = new AbortController()
      await Promise.race([atWork, systemWait(graceMs, waited.signal)])
      waited.abort()
      await dispatcher.close()
      await app.close()
      await store.close()
    },
  }
}

function groupFacts(catalog: Catalog, key: string): { group: { key: string; name: string }; orchestrations: string[] } {
  const definition = catalog.find('group', key)
  if (definition === undefined) return { group: { key, name: key }, orchestrations: [] }
  const { name = key, orchestrations } = readGroupBody(definition)
  return { group: { key, name }, orchestrations }
}

function isAbout(event: ServerEvent, workflow: string): boolean {
  if (event.type === 'workflow') return event.workflow.id === workflow || event.workflow.runId === workflow
  return event.type === 'progress' ? event.workflow === workflow : event.notification.workflow === workflow
}

async function systemWait(delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { signal }).catch(() => undefined)
}
