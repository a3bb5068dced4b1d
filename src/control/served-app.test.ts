import { afterAll, beforeAll, expect, it } from 'vitest'
import { openServiceBench, peopleRows, type ServiceBench } from '../../test/service-bench.ts'
import type { UserActor } from '../access/authorize.ts'
import { type OptionKey, rightsOf } from '../access/policies.ts'

let bench: ServiceBench
let run: string
beforeAll(async () => {
  bench = await openServiceBench()
  await bench.apply()
  await bench.project.write(peopleRows(5))
  run = (await bench.run()).runId!
})
afterAll(() => bench.close())

const operator = (...options: OptionKey[]): UserActor => ({
  ...{ kind: 'user', id: 'U', email: 'u@example.com' },
  may: rightsOf({ policies: ['datagrid_operator'], options }),
})
const filter = { outcome: null, warnings: false }
const rows = async (actor: UserActor, view?: { from: number; limit: number }) =>
  (await Array.fromAsync(bench.service.control.app(actor, view).records(run, filter))).map(({ email }) => email)
const newest = async () => (await bench.service.store.activity.list({}, { limit: 1, cursor: null })).items[0]

it('a whole list of people is a download, whoever asks Control for it', async () => {
  expect(await rows(operator())).toHaveLength(5)
  expect(await newest()).toMatchObject({ action: 'data:download', object: `workflow/${run}`, allowed: true })
  await expect(rows(operator('restrict_downloads'))).rejects.toMatchObject({ code: 'access.denied' })
  expect(await newest()).toMatchObject({ action: 'data:download', object: `workflow/${run}`, allowed: false })
})

it('a part of it may be looked at without downloading, and has one item more where another part follows', async () => {
  const restricted = operator('restrict_downloads')
  const whole = await rows(operator())
  expect(await rows(restricted, { from: 0, limit: 2 })).toEqual(whole.slice(0, 3))
  expect(await rows(restricted, { from: 2, limit: 2 })).toEqual(whole.slice(2, 5))
  expect(await rows(restricted, { from: 3, limit: 2 })).toEqual(whole.slice(3))
  expect(await newest()).toMatchObject({ action: 'person:read', detail: { list: 'records', from: 3, limit: 2 } })
  expect(await rows(restricted, { from: 9, limit: 2 })).toEqual([])
})

it.each([
  { from: 0, limit: 201 },
  { from: 0, limit: 0 },
  { from: -1, limit: 10 },
  { from: 0, limit: Number.POSITIVE_INFINITY },
  { from: 0.5, limit: 10 },
])('no part is so long that it is the whole: %j', async (view) => {
  await expect(rows(operator('restrict_downloads'), view)).rejects.toMatchObject({ code: 'api.invalid' })
})
