import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Problem } from '../problem.ts'
import type { RunSummary, WorkflowEvent } from '../sync/report.ts'
import { RemoteApp } from './remote-app.ts'

const token = 'the-token-of-this-start'
const plain = { sample: null, full: false, live: false, planId: null, approve: false }

interface Call {
  id: string
  method: string
  args: unknown[]
}

/** What the far end saw, and a script for what it answers. */
interface Door {
  app: RemoteApp
  calls: Call[]
  stops: string[]
  server: Server
}

const doors: Door[] = []
afterEach(async () => {
  for (const { app, server } of doors.splice(0)) {
    await app.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

type Answer = (response: ServerResponse, call: Call) => void

/** A server that speaks the protocol as the test says, with no application behind it. */
async function openDoor(answer: Answer, onStop: (id: string, response: ServerResponse) => void = ok): Promise<Door> {
  const calls: Call[] = []
  const stops: string[] = []
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await textOf(request))
    expect(request.headers.authorization).toBe(`Bearer ${token}`)
    if (request.url === '/api/v1/cli/stop') {
      stops.push(body.id)
      onStop(body.id, response)
      return
    }
    expect(`${request.method} ${request.url}`).toBe('POST /api/v1/cli/call')
    calls.push(body)
    answer(response, body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const door = { app: new RemoteApp({ url, token }), calls, stops, server }
  doors.push(door)
  return door
}

function ok(_id: string, response: ServerResponse): void {
  response.writeHead(204).end()
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request.setEncoding('utf8')) text += piece
  return text
}

const lines = (response: ServerResponse, ...documents: object[]) =>
  response.writeHead(200).end(documents.map((document) => `${JSON.stringify(document)}\n`).join(''))

test('a call carries its method and arguments; events come as they are, then the result', async () => {
  const { app, calls } = await openDoor((response) =>
    lines(
      response,
      { event: { type: 'extracted', rows: 3 } },
      { event: { type: 'stopping' } },
      { result: { run_id: 'r1' } },
    ),
  )
  const events: WorkflowEvent[] = []
  const summary = await app.run('people', plain, { onEvent: (event) => events.push(event) })
  expect(summary).toEqual({ run_id: 'r1' })
  expect(events).toEqual([{ type: 'extracted', rows: 3 }, { type: 'stopping' }])
  expect(calls).toEqual([{ id: expect.any(String), method: 'run', args: ['people', plain] }])
})

test('items come one by one, with whatever characters they hold, however the bytes are cut', async () => {
  const names = ['a\u2028b', 'Zoë', '😀', 'c\nd']
  const trickle = async (response: ServerResponse) => {
    const bytes = Buffer.from(
      `${[...names.map((name) => ({ item: { name } })), { result: null }].map((line) => JSON.stringify(line)).join('\n')}\n`,
    )
    response.writeHead(200)
    for (const byte of bytes) if (!response.write(Buffer.of(byte))) await once(response, 'drain')
    response.end()
  }
  let sent: Promise<void> | null = null
  const { app } = await openDoor((response) => {
    sent = trickle(response)
  })
  const rows = await Array.fromAsync(app.records('r1', { outcome: null, warnings: false }))
  expect(rows).toEqual(names.map((name) => ({ name })))
  await sent
})

test('a problem of the server is the same problem here', async () => {
  const thrown = new Problem('plan.stale', {
    message: 'Too old.',
    fix: 'Make another.',
    effect: 'partial',
    data: { n: 1 },
  })
  const { app } = await openDoor((response) => lines(response, { problem: thrown.toJSON() }))
  const caught = await app.plan('people', plain).catch((error: unknown) => error)
  expect(caught).toBeInstanceOf(Problem)
  expect((caught as Problem).toJSON()).toEqual(thrown.toJSON())
})

test('a stage that failed has its problem again', async () => {
  const problem = new Problem('zendesk.not_an_agent', { message: 'No agent.' })
  const stage = { stage: 'account', title: 'Account', outcome: 'failed', detail: '' }
  const { app } = await openDoor((response) =>
    lines(
      response,
      { item: { ...stage, problem: problem.toJSON() } },
      { item: { ...stage, problem: null } },
      { result: null },
    ),
  )
  const stages = await Array.fromAsync(app.check('zendesk'))
  expect(stages[0]?.problem).toBeInstanceOf(Problem)
  expect(stages[0]?.problem?.toJSON()).toEqual(problem.toJSON())
  expect(stages[1]).toEqual(stage)
})

test('what the server refuses before it begins is told in its words', async () => {
  const { app } = await openDoor((response) =>
    response.writeHead(503).end(JSON.stringify({ code: 'server.stopping', detail: 'It ends.', fix: 'Wait.' })),
  )
  await expect(app.workflows()).rejects.toMatchObject({ code: 'server.stopping', message: 'It ends.', fix: 'Wait.' })
})

test.each<[string, Answer]>([
  ['ends without a result', (response) => lines(response, { event: { type: 'stopping' } })],
  ['ends in the middle of a line', (response) => response.writeHead(200).end('{"result":')],
  ['breaks', (response) => response.writeHead(200).write('\n', () => response.destroy())],
  ['is refused at once', (response) => response.destroy()],
  ['is answered by something else', (response) => response.writeHead(502).end('<html>')],
  ['brings no JSON', (response) => response.writeHead(200).end('hello\n')],
  ['tells a problem of another release', (response) => lines(response, { problem: { code: 'x.y', message: 'z' } })],
])('a connection that %s is server.lost', async (_, answer) => {
  const { app } = await openDoor(answer)
  await expect(app.run('people', plain)).rejects.toMatchObject({ code: 'server.lost', effect: 'unknown' })
  await expect(Array.fromAsync(app.changes('p1'))).rejects.toMatchObject({ code: 'server.lost' })
})

test('a signal asks the server to stop this call, whose result still comes', async () => {
  const halt = new AbortController()
  let finish: (() => void) | null = null
  const { app, calls, stops } = await openDoor(
    (response) => {
      response.writeHead(200).write('{"event":{"type":"extracted","rows":1}}\n')
      finish = () => response.end('{"result":{"status":"stopped"}}\n')
    },
    (id, response) => {
      ok(id, response)
      finish?.()
    },
  )
  const summary = await app.run('people', plain, { signal: halt.signal, onEvent: () => halt.abort() })
  expect(summary).toEqual({ status: 'stopped' } satisfies Partial<RunSummary>)
  expect(stops).toEqual([calls[0]?.id])
})

test('a stop that the server cannot take ends the call with that problem', async () => {
  const halt = new AbortController()
  const { app } = await openDoor(
    (response) => response.writeHead(200).write('{"event":{"type":"stopping"}}\n'),
    (_id, response) => response.destroy(),
  )
  const run = app.run('people', plain, { signal: halt.signal, onEvent: () => halt.abort() })
  await expect(run).rejects.toMatchObject({ code: 'server.lost' })
})

test('abort closes the connection', async () => {
  const halt = new AbortController()
  let closed: Promise<unknown> | null = null
  const { app } = await openDoor((response) => {
    closed = once(response, 'close')
    response.writeHead(200).write('{"event":{"type":"stopping"}}\n')
  })
  const run = app.run('people', plain, { abort: halt.signal, onEvent: () => halt.abort() })
  await expect(run).rejects.toMatchObject({ code: 'workflow.stopped' })
  await closed
})

test('a reader who has enough closes the connection', async () => {
  let closed: Promise<unknown> | null = null
  const { app } = await openDoor((response) => {
    closed = once(response, 'close')
    response.writeHead(200).write('{"item":1}\n{"item":2}\n')
  })
  for await (const item of app.changes('p1')) {
    expect(item).toBe(1)
    break
  }
  await closed
})

test('news of changing user fields arrive', async () => {
  const { app } = await openDoor((response) =>
    lines(
      response,
      { event: { type: 'waiting', why: 'the limit', untilMs: 5 } },
      { event: { type: 'waiting', why: null, untilMs: null } },
      { item: { change: 'create_field', key: 'city' } },
      { result: null },
    ),
  )
  const news: unknown[] = []
  const plan = {
    account: 'a',
    declared: 0,
    removal: { options: false, fields: [] },
    changes: [],
    conflicts: [],
    left_alone: { fields: [], options: [] },
  }
  await app.applyFields('zendesk', plan, {
    onApplied: (change) => news.push(change),
    onWait: (notice) => news.push(notice),
  })
  expect(news).toEqual([{ why: 'the limit', untilMs: 5 }, null, { change: 'create_field', key: 'city' }])
})

test('the token goes to no other machine', () => {
  expect(() => new RemoteApp({ url: 'http://192.0.2.1:80', token })).toThrow('own machine')
})
