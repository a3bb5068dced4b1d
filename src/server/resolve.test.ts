import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { peopleRows } from '../../test/service-bench.ts'
import { openTestServer, type TestServer } from './test-server.ts'

const people = 5

let server: TestServer
beforeEach(async () => {
  server = await openTestServer()
  await server.project.write(peopleRows(people))
})
afterEach(() => server.close())

/** The workflow when nothing happens to it by itself any more. */
async function ended(id: string) {
  for (;;) {
    const { json } = await server.call('GET', `/api/v1/workflows/${id}`)
    if (json.ended_at !== null) return json
    await sleep(10)
  }
}

async function start() {
  const { json } = await server.call('POST', '/api/v1/orchestrations/people/runs')
  return await ended(json.id)
}

/** Resolves a workflow over HTTP and sees it completed, with nobody lost or sent twice. */
async function resolve(id: string, resolution: string) {
  const answer = await server.call('POST', `/api/v1/workflows/${id}/resolve`, { body: { resolution } })
  expect(answer.status).toBe(200)
  expect(await ended(id)).toMatchObject({ state: 'completed', problem: null, resolutions: [] })
  expect(server.project.users()).toHaveLength(people)
  expect(server.project.takenUsers().toSorted()).toEqual(peopleRows(people).map((row) => row.external_id))
}

describe('over HTTP a workflow goes from its failure by Resolve to its end', () => {
  test.each<[title: string, resolution: string, code: string, breaks: () => void, repairs: () => void]>([
    [
      'Invalid credentials',
      'invalid_credentials',
      'zendesk.credentials_rejected',
      () =>
        server.project.emulator.faults({
          kind: 'status',
          status: 401,
          times: 'always',
          match: { path: 'oauth/tokens' },
        }),
      () => server.project.emulator.clearFaults(),
    ],
    [
      'Authorization error',
      'authorization_error',
      'zendesk.permission_denied',
      () => server.project.emulator.seed({ settings: { apiUserRole: 'agent_without_rights' } }),
      () => server.project.emulator.seed({ settings: { apiUserRole: 'admin' } }),
    ],
    [
      'Bulk import not enabled',
      'bulk_import_off',
      'zendesk.bulk_import_disabled',
      () => server.project.emulator.seed({ settings: { bulkImport: false } }),
      () => server.project.emulator.seed({ settings: { bulkImport: true } }),
    ],
  ])('%s', async (title, resolution, code, breaks, repairs) => {
    breaks()
    const failed = await start()
    expect(failed).toMatchObject({ state: 'error', problem: { code } })
    expect(failed.resolutions[0]).toMatchObject({ id: resolution, title, action: 'retry' })
    const unknown = await server.call('POST', `/api/v1/workflows/${failed.id}/resolve`, {
      body: { resolution: 'none' },
    })
    expect(unknown).toMatchObject({ status: 404, json: { code: 'store.not_found' } })
    repairs()
    await resolve(failed.id, resolution)
    const again = await server.call('POST', `/api/v1/workflows/${failed.id}/resolve`, { body: { resolution } })
    expect(again).toMatchObject({ status: 409, json: { code: 'workflow.not_now' } })
  })

  test('a tripped guard, by approval: exactly the plan that was shown is sent', async () => {
    await server.project.settings({ guards: { max_created: 1 } })
    const { json } = await server.call('GET', '/api/v1/apply')
    await server.call('POST', '/api/v1/apply', { body: { revision: json.revision } })
    const waiting = await start()
    expect(waiting).toMatchObject({ state: 'waiting', problem: { code: 'guard.max_created' } })
    expect(server.project.writes()).toEqual([])
    await resolve(waiting.id, 'approve')
    expect((await ended(waiting.id)).run_id).toBe(waiting.run_id)
  })
})
