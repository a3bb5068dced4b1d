import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { peopleRows } from '../../test/service-bench.ts'
import { openTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeEach(async () => {
  server = await openTestServer()
})
afterEach(() => server.close())

describe('proof after sending', () => {
  test('finds what drifted, repairs it by its plan, and takes a run back', async () => {
    const { call } = server
    await server.project.write(peopleRows(5))
    await server.project.query("SELECT *, 'note of ' || name AS notes FROM people")
    const preview = (await call('GET', '/api/v1/apply')).json
    await call('POST', '/api/v1/apply', { body: { revision: preview.revision } })
    const first = await server.run()
    const user = server.project.user('3')
    await server.project.asAgent('PUT', `/api/v2/users/${user?.id}`, { user: { notes: 'of an agent' } })

    const drift = (await call('POST', '/api/v1/orchestrations/people/drift')).json
    expect(drift).toMatchObject({ people: { drifted: 1, gone: 0 }, fields: [{ field: 'notes', people: 1 }] })
    const lines = (await call('GET', `/api/v1/drifts/${drift.drift_id}`)).json.items
    expect(lines).toMatchObject([{ external_id: '3', delivered: 'note of P3', found: 'of an agent' }])
    const body = { plan_id: drift.plan.plan_id }
    const repair = (await call('POST', '/api/v1/orchestrations/people/runs', { body })).json
    const state = async () => (await call('GET', `/api/v1/workflows/${repair.id}`)).json.state
    while ((await state()) !== 'completed') await sleep(10)
    expect(server.project.user('3')?.notes).toBe('note of P3')

    const undo = (await call('POST', `/api/v1/workflows/${first.id}/undo`)).json
    expect(undo).toMatchObject({ orchestration: 'people', undone_run: first.run_id })
    expect((await call('GET', `/api/v1/plans/${undo.plan.plan_id}/left`)).json.items.length).toBeGreaterThan(0)
    expect((await call('GET', `/api/v1/workflows/${first.id}/exits`)).json.items).toEqual([])
    expect((await call('POST', '/api/v1/orchestrations/people/resume')).json).toEqual({ resumed: false })
  })

  test('says of an orchestration since when an undo has paused it', async () => {
    const { call } = server
    const paused = async () => (await call('GET', '/api/v1/orchestrations')).json.items[0].status.paused_at
    await server.project.write(peopleRows(2))
    const first = await server.run()
    expect(await paused()).toBeNull()
    await server.project.write(peopleRows(2).map((row) => ({ ...row, name: `${row.name} again` })))
    const second = await server.run()
    const undo = (await call('POST', `/api/v1/workflows/${second.id}/undo`)).json
    expect(undo.undone_run).not.toBe(first.run_id)
    await call('POST', '/api/v1/orchestrations/people/runs', { body: { plan_id: undo.plan.plan_id } })
    while ((await paused()) === null) await sleep(10)
    expect((await call('POST', '/api/v1/orchestrations/people/resume')).json).toEqual({ resumed: true })
    expect(await paused()).toBeNull()
  })

  test("plans and applies an account's fields, and forgets what was delivered", async () => {
    const { call } = server
    await server.project.settings({ user_fields: { city: { type: 'text', title: 'City' } } })
    const preview = (await call('GET', '/api/v1/apply')).json
    await call('POST', '/api/v1/apply', { body: { revision: preview.revision } })
    const plan = (await call('POST', '/api/v1/destinations/zendesk/fields/plan')).json
    expect(plan.changes).toMatchObject([{ change: 'create_field', key: 'city' }])
    const applied = await call('POST', '/api/v1/destinations/zendesk/fields/apply', { body: plan })
    expect(applied.json).toEqual({ applied: 1 })
    expect((await call('POST', '/api/v1/destinations/zendesk/fields/plan')).json.changes).toEqual([])
    await server.project.write(peopleRows(2))
    await server.run()
    expect((await call('POST', '/api/v1/destinations/zendesk/forget')).json).toEqual({ forgotten: 2 })
  })
})
