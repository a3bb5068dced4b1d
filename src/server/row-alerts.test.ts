import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { peopleRows } from '../../test/service-bench.ts'
import { openTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeEach(async () => {
  const alerts = { rows: { warn_below: 5, fail_below: 3 }, change_percent: { warn: 50 } }
  server = await openTestServer({
    project: { orchestrations: { people: { query: 'people', destination: 'zendesk', alerts } } },
  })
})
afterEach(() => server.close())

const call = (method: string, path: string, more = {}) => server.call(method, `/api/v1${path}`, more)

async function ended(id: string) {
  for (;;) {
    const { json } = await call('GET', `/workflows/${id}`)
    if (json.ended_at !== null) return json
    await sleep(10)
  }
}

const run = async () => await ended((await call('POST', '/orchestrations/people/runs')).json.id)
const told = async () =>
  (await call('GET', '/notifications')).json.items.map(({ event, title }: Record<string, string>) => [event, title])

describe('over HTTP', () => {
  test('too few rows wait for approval, and are sent with it', async () => {
    await server.project.write(peopleRows(2))
    const stopped = await run()
    const message = 'The result has 2 rows, fewer than 3, at which the orchestration stops.'
    expect(stopped).toMatchObject({ state: 'waiting', problem: { code: 'guard.rows_below', message }, row_alerts: [] })
    expect(stopped.resolutions.map(({ id, action, page }: Record<string, string>) => [id, action, page])).toEqual([
      ['approve', 'approve', null],
      ['plan_again', 'retry', '/orchestrations/people'],
    ])
    expect(await told()).toEqual([['waits_for_approval', 'people waits for approval']])
    expect(server.project.writes()).toEqual([])
    await call('POST', `/workflows/${stopped.id}/resolve`, { body: { resolution: 'approve' } })
    expect(await ended(stopped.id)).toMatchObject({ state: 'completed', rows: { created: 2 } })
    expect(server.project.users()).toHaveLength(2)
  })

  test('a source that was repaired is planned anew, and sent whole', async () => {
    await server.project.write(peopleRows(2))
    const stopped = await run()
    await server.project.write(peopleRows(6))
    await call('POST', `/workflows/${stopped.id}/resolve`, { body: { resolution: 'plan_again' } })
    expect(await ended(stopped.id)).toMatchObject({
      state: 'completed',
      rows: { total: 6, created: 6 },
      row_alerts: [],
    })
  })

  test('a warning is told with its numbers, by the plan, the workflow and a notification', async () => {
    await server.project.write(peopleRows(4))
    const alert = { code: 'rows_below', rows: 4, bound: 5, last_rows: null }
    expect((await call('POST', '/orchestrations/people/plan')).json.row_alerts).toMatchObject([alert])
    expect(await run()).toMatchObject({ state: 'completed', row_alerts: [alert] })
    expect(await told()).toEqual([['rows_alert', 'people has an unexpected number of rows: 4']])
    const [{ text, severity }] = (await call('GET', '/notifications')).json.items
    expect([severity, text]).toEqual(['warning', expect.stringContaining('4 rows, fewer than 5, at which')])
    // It stays so, which is no news; a number that changes by much is.
    expect(await run()).toMatchObject({ state: 'completed', row_alerts: [{ ...alert, last_rows: 4 }] })
    expect(await told()).toHaveLength(1)
    await server.project.write(peopleRows(9))
    expect(await run()).toMatchObject({ row_alerts: [{ code: 'rows_changed', rows: 9, bound: 50, last_rows: 4 }] })
    expect((await told())[0]).toEqual(['rows_alert', 'people has an unexpected number of rows: 9'])
  })

  test('can be subscribed to', async () => {
    const secrets = { url: 'https://hooks.example.com/x', token: 'x' }
    await call('POST', '/channels', { body: { key: 'hook', body: { type: 'webhook', ...secrets } } })
    const body = { orchestrations: ['people'], events: ['rows_alert'], channel: 'hook', target: '' }
    expect((await call('POST', '/subscriptions', { body: { key: 'rows', body } })).status).toBe(201)
    await server.project.write(peopleRows(4))
    await run()
    const { items } = (await call('GET', '/dispatches')).json
    expect(items).toHaveLength(1)
  })

  test('who may not see personal values sees the numbers, as everywhere', async () => {
    await server.project.write(peopleRows(4))
    const { id } = await run()
    const asked = { key: null, headers: (await server.makeUser(['datagrid_operator'], ['restrict_pii'])).headers }
    const [open, restricted] = [await call('GET', `/workflows/${id}`), await call('GET', `/workflows/${id}`, asked)]
    expect(restricted.json.row_alerts).toEqual(open.json.row_alerts)
    expect(restricted.json.row_alerts).toHaveLength(1)
  })

  test('alerts are part of an orchestration that is made here, and checked', async () => {
    const body = { query: 'people', destination: 'zendesk', alerts: { rows: { warn_below: 5, fail_below: 6 } } }
    const wrong = await call('POST', '/orchestrations', { body: { key: 'vip', body } })
    expect(wrong).toMatchObject({ status: 422, json: { code: 'definition.invalid' } })
    expect(wrong.json.detail).toContain('alerts.rows.fail_below: must be at least as far out as `warn_below`')
    const right = { ...body, alerts: { change_percent: { fail: 20 } } }
    const made = await call('POST', '/orchestrations', { body: { key: 'vip', body: right } })
    expect(made).toMatchObject({ status: 201, json: { body: right } })
  })
})
