import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Grants, rightsOf } from '../src/access/policies.ts'
import { Catalog } from '../src/control/catalog.ts'
import { Gate } from '../src/control/gate.ts'
import { ControlWorkflowSubscriptions } from '../src/control/workflow-subscriptions.ts'
import type { Problem } from '../src/problem.ts'
import { header } from '../src/store/test-objects.ts'
import { testPostgres } from './postgres.ts'
import { admin, openServiceBench, peopleRows, type ServiceBench, whole } from './service-bench.ts'

let bench: ServiceBench
afterEach(() => bench.close())

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'none'
  } catch (error) {
    return (error as Problem).code
  }
}

describe('deskside.yml in a server', () => {
  beforeEach(async () => {
    bench = await openServiceBench()
  })

  it('comes whole, is read-only there, and a second time changes nothing', async () => {
    const { control } = bench.service
    const preview = await control.applied.preview(admin)
    expect(preview.changes.map(({ change, kind, key }) => `${change} ${kind} ${key}`)).toEqual([
      'create project project',
      'create table people',
      'create credential zendesk',
      'create destination zendesk',
      'create query people',
      'create orchestration people',
    ])
    await bench.apply()
    expect((await control.applied.preview(admin)).changes).toEqual([])
    const destination = await control.definitions.get(admin, 'destination', 'zendesk')
    const input = { body: destination.body, ifVersion: destination.version }
    expect(await codeOf(control.definitions.update(admin, 'destination', 'zendesk', input))).toBe('definition.from_git')
  })

  it('a stale preview is refused', async () => {
    const { control } = bench.service
    const { revision } = await control.applied.preview(admin)
    await bench.apply()
    expect(await codeOf(control.applied.apply(admin, revision))).toBe('store.conflict')
  })

  it('what is gone from it goes, but not from under what people made here', async () => {
    await bench.apply()
    const { definitions } = bench.service.control
    await definitions.create(admin, 'orchestration', {
      key: 'mine',
      body: { query: 'people', destination: 'zendesk' },
    })
    await bench.edit((file) => {
      delete file.orchestrations!.people
    })
    await bench.apply()
    expect((await definitions.list(admin, 'orchestration')).map(({ key }) => key)).toEqual(['mine'])
    await bench.edit((file) => {
      delete file.queries!.people
    })
    expect(await codeOf(bench.apply())).toBe('definition.in_use')
  })

  it('groups that follow one another in a circle are refused, wherever they come from', async () => {
    const follows = (group: string) => ({ run: { on: 'group', group }, orchestrations: ['people'] })
    await bench.edit((file) => {
      file.groups = { first: follows('second'), second: { run: { on: 'manual' }, orchestrations: ['people'] } }
    })
    await bench.apply()
    const { definitions } = bench.service.control
    await definitions.create(admin, 'group', { key: 'mine', body: follows('first') })
    const { version } = await definitions.get(admin, 'group', 'mine')
    const itself = definitions.update(admin, 'group', 'mine', { body: follows('mine'), ifVersion: version })
    expect(await codeOf(itself)).toBe('definition.invalid')
    await bench.edit((file) => {
      file.groups!.second = follows('first')
    })
    expect(await codeOf(bench.apply())).toBe('definition.invalid')
  })

  it('a variable outside of credentials is refused with its place', async () => {
    await bench.edit((file) => {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of deskside.yml
      file.destinations!.zendesk!.subdomain = '${CLIENT_SECRET}'
    })
    const preview = bench.service.control.applied.preview(admin)
    await expect(preview).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining('deskside.yml:'),
    })
  })

  it('a list of definitions asks for the names of their secrets once, however many there are', async () => {
    await bench.apply()
    const { secrets } = bench.service.store
    const asked = Object.keys(secrets).map((name) => vi.spyOn(secrets, name as 'list'))
    const { definitions } = bench.service.control
    for (const key of ['a', 'b', 'c'])
      await definitions.create(admin, 'orchestration', { key, body: { query: 'people', destination: 'zendesk' } })
    for (const one of asked) one.mockClear()
    expect(await definitions.list(admin, 'orchestration')).toHaveLength(4)
    expect(asked.map((one) => one.mock.calls.length).reduce((sum, calls) => sum + calls)).toBe(1)
  })

  it('a secret that stands in it is kept encrypted and in no body', async () => {
    const { clientSecret } = bench.project.emulator
    await bench.edit((file) => {
      file.credentials!.zendesk!.client_secret = clientSecret
    })
    await bench.apply()
    const credential = await bench.service.control.definitions.get(admin, 'credential', 'zendesk')
    expect(credential.secrets).toEqual(['client_secret'])
    const lines: string[] = []
    for await (const line of bench.service.store.dump()) lines.push(line)
    expect(lines.join('\n')).not.toContain(clientSecret)
    await bench.project.write(peopleRows(3))
    expect(await bench.run()).toMatchObject({ state: 'completed', rows: { created: 3 } })
  })
})

describe('a workflow of a server', () => {
  beforeEach(async () => {
    bench = await openServiceBench({ emulator: { jobLatencyMs: [150, 250] } })
    await bench.apply()
    await bench.project.write(peopleRows(30))
  })

  /** Starts a run and waits until the first of its people are delivered. */
  /** At 2,000 people a second, so that it is still at work when something is done to it. */
  async function startAndSend(): Promise<string> {
    const { workflows, events } = bench.service.control
    await bench.project.settings({ limits: { users_per_second: 2_000, api_budget: 'none' } })
    await bench.apply()
    const { id } = await workflows.start(admin, 'people', whole)
    for await (const event of events(admin, { workflow: id }, AbortSignal.timeout(60_000)))
      if (event.type === 'progress' && Number(event.progress.settled) > 0) break
    return id
  }

  it('goes through its tasks, keeps what it was launched with, and is found by its run', async () => {
    const view = await bench.run()
    expect(view).toMatchObject({
      state: 'completed',
      rows: { created: 30 },
      attempt: 1,
      problem: null,
      trigger: 'manual',
    })
    expect(view.tasks.map(({ task, state }) => `${task} ${state}`)).toEqual([
      'extract succeeded',
      'map succeeded',
      'plan succeeded',
      'deliver succeeded',
      'settle succeeded',
      'confirm succeeded',
    ])
    expect(view.launched).toMatchObject({ query: { key: 'people' }, destination: { key: 'zendesk', version: 1 } })
    expect((await bench.service.control.workflows.get(admin, view.runId!)).id).toBe(view.id)
    expect(bench.problems).toEqual([])
    const credential = await bench.service.control.definitions.get(admin, 'credential', 'zendesk')
    expect(credential.status).toMatchObject({ health: 'works', last_used_at: expect.any(String) })
  })

  it('is executed in the order in which runs were asked for, and one unchanged run sends nothing (I5)', async () => {
    const first = await bench.run()
    bench.project.emulator.clearCalls()
    const second = await bench.run()
    expect(second).toMatchObject({ state: 'completed', rows: { unchanged: 30 } })
    expect(bench.project.writes()).toEqual([])
    const { items } = await bench.service.control.workflows.list(admin, {}, { limit: 10, cursor: null })
    expect(items.map(({ id }) => id)).toEqual([second.id, first.id])
  })

  it('that was stopped goes on by its resolution, and nothing is sent twice', async () => {
    await bench.project.write(peopleRows(4_000))
    const { workflows } = bench.service.control
    const id = await startAndSend()
    await workflows.stop(admin, id)
    const stopped = await bench.settled(id)
    expect(stopped).toMatchObject({ state: 'stopped', resolutions: [{ id: 'continue' }] })
    await workflows.resolve(admin, id, 'continue')
    expect(await bench.settled(id)).toMatchObject({
      state: 'completed',
      rows: { created: 4_000, pending: 0 },
      attempt: 2,
    })
    expect(new Set(bench.project.takenUsers()).size).toBe(bench.project.takenUsers().length)
  })

  it('tells who asks about it alone how it ended, also after a restart, and then no more', async () => {
    const { control } = bench.service
    const body = { type: 'webhook', url: 'https://hooks.example.com/hook', token: 'secret' }
    await control.definitions.create(admin, 'channel', { key: 'hook', body })
    await bench.project.query('SELECT * FROM people WHERE false')
    await bench.apply()
    // One that waits for approval has not ended.
    const { id } = await bench.run()
    const asked = { events: ['succeeded' as const], channel: 'hook', target: '', runtime_minutes: 120 }
    const nowhere = control.workflowSubscriptions.add(admin, id, { ...asked, channel: 'none' })
    expect(await codeOf(nowhere)).toBe('definition.invalid')
    const made = await control.workflowSubscriptions.add(admin, id, asked)
    await bench.restart()
    const { workflows, workflowSubscriptions, notifications } = bench.service.control
    expect(await workflowSubscriptions.list(admin, id)).toEqual([made])
    await workflows.resolve(admin, id, 'approve')
    expect(await bench.settled(id)).toMatchObject({ state: 'completed' })
    // The end is stored a moment before they go.
    await vi.waitUntil(async () => (await workflowSubscriptions.list(admin, id)).length === 0)
    const { items } = await notifications.dispatches(admin, {}, { limit: 10, cursor: null })
    expect(items.map(({ channel }) => channel)).toEqual(['hook'])
    expect(await codeOf(workflowSubscriptions.add(admin, id, asked))).toBe('workflow.not_now')
    expect(await codeOf(workflowSubscriptions.add(admin, 'none', asked))).toBe('store.not_found')
    expect(await workflowSubscriptions.list(admin, id)).toEqual([])
  })

  it('lets nobody ask whose question would come between the telling of its end and the storing of it', async () => {
    const { store, box } = bench.service
    const now = () => new Date()
    const catalog = await Catalog.open(store, box, bench.project.dir, {})
    const gate = new Gate(store.activity, now)
    const subscriptions = new ControlWorkflowSubscriptions({ store, catalog, gate, now, newId: randomUUID })
    const channel = { type: 'webhook', url: 'https://hooks.example.com/hook', token: 'secret' }
    await bench.service.control.definitions.create(admin, 'channel', { key: 'hook', body: channel })
    await catalog.refresh()
    const running = header({ state: 'running', startedAt: now() })
    await store.workflows.add(running)
    const asked = { events: ['failed' as const], channel: 'hook', target: '', runtime_minutes: 120 }
    const before = await subscriptions.add(admin, running.id, asked)
    subscriptions.changing({ ...running, state: 'error' })
    expect(await codeOf(subscriptions.add(admin, running.id, asked))).toBe('workflow.not_now')
    expect(await subscriptions.list(admin, running.id)).toEqual([before])
    // The end could not be stored, and the work goes on.
    subscriptions.changing(running)
    await subscriptions.add(admin, running.id, asked)
    await subscriptions.ended(running)
    expect(await subscriptions.list(admin, running.id)).toEqual([])
  })

  it('that a restart interrupts goes on afterwards (I3)', async () => {
    await bench.project.write(peopleRows(3_000))
    const id = await startAndSend()
    await bench.restart()
    expect(await bench.settled(id)).toMatchObject({ state: 'completed', rows: { created: 3_000 }, attempt: 2 })
    expect(new Set(bench.project.takenUsers()).size).toBe(bench.project.takenUsers().length)
  })

  it('waits for approval when a guard trips, and sends exactly the plan that was shown', async () => {
    await bench.run()
    await bench.project.query('SELECT * FROM people WHERE false')
    await bench.apply()
    const paused = await bench.run()
    expect(paused).toMatchObject({ state: 'waiting', problem: { code: 'guard.empty_source' } })
    expect(paused.resolutions.map(({ id }) => id)).toEqual(['approve', 'plan_again'])
    const { items } = await bench.service.control.notifications.list(admin, { limit: 10, cursor: null })
    expect(items.map(({ event, workflow }) => `${event} ${workflow}`)).toEqual([`waits_for_approval ${paused.id}`])
    await bench.service.control.workflows.resolve(admin, paused.id, 'approve')
    expect(await bench.settled(paused.id)).toMatchObject({ state: 'completed', runId: paused.runId })
  })

  it('lists rows that were not sent by reason, with what to do', async () => {
    await bench.project.write([...peopleRows(3), { external_id: 'x', email: 'x@example.com', name: null }])
    expect(await bench.run()).toMatchObject({
      state: 'completed_with_alerts',
      rowGroups: [{ code: 'missing_name', rows: 1, fix: expect.stringContaining('name') }],
    })
  })
})

/** Each of these is seen from the failing run to Resolve to completed; nothing is lost, and nothing sent twice. */
const analyst: Grants = { policies: ['amp360_user'], options: [] }

describe('a workflow that failed is resolved', () => {
  const people = 3

  async function assertResolved(resolution: string, repair: () => void | Promise<void> = () => {}) {
    const { workflows } = bench.service.control
    const { id } = await workflows.start(admin, 'mine', whole)
    const failed = await bench.settled(id)
    expect(failed.state).toBe('error')
    expect(failed.tasks.filter(({ state }) => state === 'failed')).toHaveLength(1)
    const way = failed.resolutions.find((one) => one.id === resolution)
    expect(way).toMatchObject({ title: expect.any(String), causes: expect.any(Array), steps: expect.any(Array) })
    await repair()
    await workflows.resolve(admin, id, resolution)
    expect(await bench.settled(id)).toMatchObject({ state: 'completed', problem: null, resolutions: [], attempt: 2 })
    expect(bench.project.users()).toHaveLength(people)
    expect(bench.project.takenUsers()).toHaveLength(people)
  }

  /** A destination and a credential that were made in the server, so that they can be changed there. */
  beforeEach(async () => {
    bench = await openServiceBench()
    await bench.apply()
    await bench.project.write(peopleRows(people))
    const { definitions } = bench.service.control
    const { body } = await definitions.get(admin, 'destination', 'zendesk')
    await definitions.create(admin, 'credential', { key: 'mine', body: token() })
    await definitions.create(admin, 'destination', { key: 'mine', body: { ...body, credential: 'mine' } })
    await definitions.create(admin, 'orchestration', { key: 'mine', body: { query: 'people', destination: 'mine' } })
  })

  const token = () => {
    const { email, apiToken } = bench.project.emulator
    return { type: 'zendesk', email, api_token: apiToken }
  }

  it('Invalid credentials: the token was changed in Zendesk', async () => {
    // Another token behind the same credential, as if somebody had replaced it there.
    await bench.service.box.put('credential/mine/api_token', 'a-token-that-is-gone')
    await bench.restart()
    await assertResolved('invalid_credentials', async () => {
      const { definitions } = bench.service.control
      const { version } = await definitions.get(admin, 'credential', 'mine')
      await definitions.update(admin, 'credential', 'mine', { body: token(), ifVersion: version })
    })
  })

  it('Authorization error: the person of the credential may not manage users', async () => {
    bench.project.emulator.seed({ settings: { apiUserRole: 'agent_without_rights' } })
    await assertResolved('authorization_error', () => {
      bench.project.emulator.seed({ settings: { apiUserRole: 'admin' } })
    })
  })

  it.each(['bulk_import_off', 'one_by_one'])('Bulk import not enabled: %s', async (resolution) => {
    bench.project.emulator.seed({ settings: { bulkImport: false } })
    await assertResolved(resolution, () => {
      if (resolution === 'bulk_import_off') bench.project.emulator.seed({ settings: { bulkImport: true } })
    })
  })

  it('and who asked for it hears that it failed, once, and that it recovered', async () => {
    const { definitions, notifications } = bench.service.control
    bench.project.emulator.seed({ settings: { bulkImport: false } })
    await assertResolved('bulk_import_off', () => {
      bench.project.emulator.seed({ settings: { bulkImport: true } })
    })
    const { items } = await notifications.list(admin, { limit: 10, cursor: null })
    expect(items.map(({ event, severity }) => `${event} ${severity}`)).toEqual(['recovered recovery', 'failed error'])
    expect(items.every(({ text }) => !text.includes('@'))).toBe(true)
    expect((await definitions.get(admin, 'orchestration', 'mine')).status).toMatchObject({
      last_workflow: { state: 'completed' },
    })
  })

  it.each([
    ['one_by_one', 'destination:write'],
    ['create_fields', 'destination:fields'],
  ])('and what %s changes beside the workflow needs the right to it: %s', async (resolution, action) => {
    if (resolution === 'one_by_one') bench.project.emulator.seed({ settings: { bulkImport: false } })
    else await bench.project.query('SELECT *, \'Lisbon\' AS "user_fields.city" FROM people')
    await bench.apply()
    const { workflows } = bench.service.control
    const { id } = await workflows.start(admin, 'mine', whole)
    expect((await bench.settled(id)).state).toBe('error')
    const actor = { kind: 'user', id: 'ann', email: 'ann@example.com', may: rightsOf(analyst) } as const
    await expect(workflows.resolve(actor, id, resolution)).rejects.toMatchObject({ code: 'access.denied' })
    expect((await workflows.get(admin, id)).state).toBe('error')
    const { items } = await bench.service.store.activity.list({ actor: 'user/ann' }, { limit: 5, cursor: null })
    expect(items).toMatchObject([{ action, object: `workflow/${id}`, allowed: false }])
  })

  it('Create the missing fields', async () => {
    await bench.project.query('SELECT *, \'Lisbon\' AS "user_fields.city" FROM people')
    await bench.apply()
    await assertResolved('create_fields')
    expect(bench.project.user('2')?.user_fields).toMatchObject({ city: 'Lisbon' })
  })
})

const postgres = await testPostgres()

describe.skipIf(postgres.missing)(`a server with ${postgres.missing ?? 'PostgreSQL'}`, () => {
  it('loses its connections to the store in the middle of a workflow, and both go on', async () => {
    const databaseUrl = await postgres.newDatabase()
    bench = await openServiceBench({ databaseUrl, emulator: { jobLatencyMs: [150, 250] } })
    await bench.apply()
    await bench.project.write(peopleRows(3_000))
    const { control, store } = bench.service
    expect(store.dialect).toBe('postgres')
    const { id } = await control.workflows.start(admin, 'people', whole)
    for await (const event of control.events(admin, { workflow: id }, AbortSignal.timeout(60_000)))
      if (event.type === 'progress' && Number(event.progress.settled) > 0) break
    const client = new pg.Client(databaseUrl)
    await client.connect()
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    await client.end()
    expect(await bench.settled(id)).toMatchObject({ state: 'completed', rows: { created: 3_000 } })
    expect(new Set(bench.project.takenUsers()).size).toBe(bench.project.takenUsers().length)
    bench.project.emulator.clearCalls()
    expect(await bench.run()).toMatchObject({ state: 'completed', rows: { unchanged: 3_000 } })
  })
})

describe('what cannot be written beside a run', () => {
  it.each([
    ['the health of its credential', "before insert on meta when new.name like 'credential-health/%'"],
    ['one of its steps', "before update on workflows when new.state = 'running' and new.tasks <> old.tasks"],
  ])('is told and leaves its outcome as it is: %s', async (_, event) => {
    bench = await openServiceBench()
    await bench.project.write(peopleRows(3))
    await bench.apply()
    const database = new DatabaseSync(join(bench.project.dir, '.deskside', 'control.sqlite'))
    database.exec(`create trigger refused ${event} begin select raise(abort, 'refused by the test'); end`)
    database.close()
    const workflow = await bench.run()
    expect(workflow).toMatchObject({ state: 'completed', problem: null, rows: { created: 3 } })
    expect(workflow.runId).not.toBeNull()
    expect(new Set(workflow.tasks.map(({ state }) => state))).toEqual(new Set(['succeeded']))
    expect(bench.problems.length).toBeGreaterThan(0)
  })
})
