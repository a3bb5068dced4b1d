import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routes } from './server.ts'
import { openTestServer, type TestServer, type TestUser } from './test-server.ts'

/** Everything personal that the source, the account and the runs hold. Nothing else contains these texts. */
const values = {
  ada: ['Ada Quellenhof', 'ada.quellenhof@example.com', '+4915112345001', 'Quellengasse 7', 'CUST-ada-71'],
  ben: ['Ben Mirabell', 'ben.mirabell@example.com', '+4915112345002', 'Mirabellplatz 3', 'CUST-ben-72'],
  cyd: ['Cyd Ohnewort', 'cyd.ohnewort-at-example.com', '+4915112345003', 'Ohneweg 9', 'CUST-cyd-73'],
  dan: ['Dan Zimtstern', 'dan.zimtstern@example.com', 'phone-of-dan-0815', 'Sternweg 1', 'CUST-dan-74'],
}
const secretsOfPeople = [...Object.values(values).flat(), 'Quellenhof-Agentur', 'ada.second@example.com']

let server: TestServer
let restricted: TestUser
let ids: { workflow: string; run: string; drift: string; undo: string }

const row = ([name, email, phone, details, external_id]: string[]) => ({
  ...{ name: name!, email: email!, phone: phone!, details: details!, external_id: external_id!, locale: 'de' },
})
const ask = (method: string, path: string, body?: unknown, user = restricted) =>
  server.call(method, path, { key: null, headers: user.headers, ...(body !== undefined && { body }) })

beforeAll(async () => {
  server = await openTestServer({
    destination: { email_conflicts: 'reject', limited_pii: true },
    // Nobody could guess that these ids name people.
    project: { database: { tables: { people: { path: 'people.csv', types: 'text', pii: { external_id: true } } } } },
  })
  const { ada, ben, cyd, dan } = values
  await server.project.write([row(ada), row(ben), row(cyd), row(dan), { ...row(dan), external_id: 'CUST-twin-75' }])
  const first = await server.run()
  // An agent edits, and the source goes on: drift, undo and a second run have something to tell.
  const user = server.project.emulator.state({}).users.find(({ name }) => name === ada[0])
  await server.project.asAgent('PUT', `/api/v2/users/${user?.id}.json`, { user: { details: 'Quellenhof-Agentur' } })
  await server.project.write([{ ...row(ada), email: 'ada.second@example.com' }, row(ben), row(cyd), row(dan)])
  const second = await server.run()
  // Nobody could guess what these columns hold, neither by their names nor by their values.
  await server.call('POST', '/api/v1/tables?key=mine', {
    headers: { 'content-type': 'text/csv' },
    body: `who,code,kind\n${[ada, ben, cyd].map(([name, , , , id]) => `${name},${id},Person`).join('\n')}\n`,
  })
  restricted = await server.makeUser(['datagrid_operator'], ['restrict_pii'])
  const drift = await server.call('POST', '/api/v1/orchestrations/people/drift')
  const undo = await server.call('POST', `/api/v1/workflows/${first.id}/undo`)
  ids = { workflow: second.id, run: second.run_id, drift: drift.json.drift_id, undo: undo.json.plan.plan_id }
  expect([drift.json.people.drifted, undo.json.people.restored]).toEqual([1, expect.any(Number)])
})
afterAll(() => server.close())

/** What a path's parameters can be, so that each route is asked about what there is. */
function pathsOf(path: string): string[] {
  const wanted: Record<string, string[]> = {
    key: path.includes('/people/') ? [values.ada[4]!, values.ada[1]!] : ['people', 'zendesk', 'mine'],
    id: [ids.workflow, ids.run, ids.drift, ids.undo, restricted.id, server.admin.id],
    signal: ['loaded'],
  }
  if (path.endsWith('/people')) return values.ada.map((value) => `${path}?search=${encodeURIComponent(value)}`)
  const name = /:(\w+)/.exec(path)?.[1]
  if (name === undefined) return [path]
  const query = path.endsWith('/check') ? '?destination=zendesk' : ''
  return wanted[name]!.map((value) => path.replace(`:${name}`, encodeURIComponent(value)) + query)
}

const leaks = (text: string) => secretsOfPeople.filter((value) => text.includes(value))

describe('somebody with restricted access to personal values', () => {
  it('finds none of them in any answer of any route that reads', async () => {
    const found: [string, string[]][] = []
    const seen = new Map<number, number>()
    for (const { path } of routes.filter(({ method, path }) => method === 'GET' && !path.endsWith('/events'))) {
      for (const url of pathsOf(path)) {
        for (const accept of ['application/json', 'application/x-ndjson', 'text/csv']) {
          const { status, text, headers } = await server.call('GET', url, {
            key: null,
            headers: { ...restricted.headers, accept },
          })
          seen.set(status, (seen.get(status) ?? 0) + 1)
          if (leaks(text + JSON.stringify([...headers])).length > 0) found.push([`${accept} ${url}`, leaks(text)])
        }
      }
    }
    expect(found).toEqual([])
    expect(seen.get(200)).toBeGreaterThan(60)
  })

  it.each<[string, () => [string, string, unknown?]]>([
    ['a plan', () => ['POST', '/api/v1/orchestrations/people/plan', { full: true }]],
    ['a drift', () => ['POST', '/api/v1/orchestrations/people/drift']],
    ['an undo', () => ['POST', `/api/v1/workflows/${ids.workflow}/undo`]],
    ['a run', () => ['POST', '/api/v1/orchestrations/people/runs', { full: true }]],
  ])('finds none of them in the answer to %s', async (_what, request) => {
    const [method, path, body] = request()
    const { status, text } = await ask(method, path, body)
    expect([status, leaks(text)]).toEqual([path.endsWith('runs') ? 202 : 200, []])
  })

  it('sees how many rows there are, with codes and fields, where others see values', async () => {
    const path = `/api/v1/workflows/${ids.run}/records`
    const accept = { accept: 'application/x-ndjson' }
    const lines = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    const whole = lines((await server.call('GET', path, { headers: accept })).text)
    const hiddenRows = lines(
      (await server.call('GET', path, { key: null, headers: { ...restricted.headers, ...accept } })).text,
    )
    expect(leaks(JSON.stringify(whole)).length).toBeGreaterThan(5)
    const told = ({ row, outcome, field, code }: (typeof whole)[number]) => ({ row, outcome, field, code })
    expect(hiddenRows.map(told)).toEqual(whole.map(told))
    expect(hiddenRows.find(({ code }) => code === 'invalid_email')).toMatchObject({
      ...{ external_id: '[hidden]', email: '[hidden]', name: '[hidden]', value: '[hidden]' },
      reason: 'The e-mail address is not valid.',
    })
  })

  it('sees values of columns that hold nothing personal, as they will be sent', async () => {
    const { json } = await ask('POST', '/api/v1/orchestrations/people/plan', { full: true })
    const { fields } = json.changes_sample[0]
    const shown = Object.fromEntries(fields.map((one: { field: string; new: string }) => [one.field, one.new]))
    expect(shown).toMatchObject({ locale: 'de', name: '[hidden]' })
  })

  it('sees figures of tables, and of usual values such as are nobody’s own', async () => {
    const look = async (table: string, path = 'columns', method = 'GET') =>
      (await ask(method, `/api/v1/tables/${table}/${path}`)).json
    const examples = ({ items }: { items: { column: string; examples: { value: string }[] }[] }) =>
      Object.fromEntries(items.map(({ column, examples }) => [column, examples.map(({ value }) => value)]))
    expect(examples(await look('mine'))).toEqual({
      who: ['[hidden]', '[hidden]', '[hidden]'],
      code: ['[hidden]', '[hidden]', '[hidden]'],
      kind: ['Person'],
    })
    const people = await look('people', 'refresh', 'POST')
    expect(people.rows).toBeGreaterThan(3)
    expect(examples(people)).toMatchObject({ locale: ['de'], email: expect.arrayContaining(['[hidden]']) })
    expect(leaks(JSON.stringify(people))).toEqual([])
    const whole = (await server.call('GET', '/api/v1/tables/people/columns')).text
    expect(leaks(whole).length).toBeGreaterThan(5)
  })

  it('finds somebody by a whole external_id, hidden, and learns of no name or address whether it is there', async () => {
    const search = async (text: string, user?: TestUser) => {
      const path = `/api/v1/people?search=${encodeURIComponent(text)}`
      const { status, text: body, json } = await (user === undefined ? server.call('GET', path) : ask('GET', path))
      expect([status, user === undefined ? [] : leaks(body)]).toEqual([200, []])
      return json
    }
    const [name, email, , , id] = values.ada as [string, string, string, string, string]
    const nobody = await search('nobody at all', restricted)
    expect(nobody).toEqual({ items: [], next: null })
    const parts = [
      name,
      name.slice(0, 3),
      name.toUpperCase(),
      email,
      email.split('@')[0]!,
      '@example',
      id.slice(0, -1),
      '@',
    ]
    for (const text of parts) {
      expect([text, await search(text, restricted)]).toEqual([text, nobody])
      expect([text, (await search(text)).items.length > 0]).toEqual([text, true])
    }
    const { items, next } = await search(` ${id.toLowerCase()} `, restricted)
    expect([items.length, next]).toEqual([1, null])
    expect(items[0]).toMatchObject({ destination: 'zendesk', external_id: '[hidden]', name: '[hidden]' })
    expect(new Set(items[0].emails)).toEqual(new Set(['[hidden]']))
    expect((await search(id)).items[0]).toMatchObject({ external_id: id, name, exit: null, orchestration: 'people' })
  })

  it('hears none of them in the events of a workflow', async () => {
    const controller = new AbortController()
    const stream = await fetch(`${server.url}/api/v1/events`, {
      headers: restricted.headers,
      signal: controller.signal,
    })
    await server.project.write([row(values.ada), { ...row(values.cyd), email: 'x' }])
    await server.run()
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of stream.body!) {
      text += decoder.decode(chunk, { stream: true })
      if (/"state":"completed/.test(text)) break
    }
    controller.abort()
    expect([text.includes('event: workflow'), leaks(text)]).toEqual([true, []])
  })

  it('finds none of them in the words of a query that fails on a value', async () => {
    await server.project.query('SELECT *, CAST(details AS INTEGER) AS notes FROM people')
    await server.service.control.applied.apply(
      server.admin,
      (await server.service.control.applied.preview(server.admin)).revision,
    )
    const whole = await server.call('POST', '/api/v1/orchestrations/people/plan')
    expect([whole.json.code, leaks(whole.text).length > 0]).toEqual(['query.failed', true])
    const { json, text } = await ask('POST', '/api/v1/orchestrations/people/plan')
    expect([json.code, leaks(text)]).toEqual(['query.failed', []])
    const failed = await server.run()
    const { text: view } = await ask('GET', `/api/v1/workflows/${failed.id}`)
    expect([failed.state, leaks(JSON.stringify(failed)).length > 0, leaks(view)]).toEqual(['error', true, []])
  })
})
