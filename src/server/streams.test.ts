import { expect, test } from 'vitest'
import { accepted } from './accept.ts'
import { eventTexts } from './events.ts'
import { begun, csv, ndjson, textStream, toldBy } from './streams.ts'

async function* counted(count: number): AsyncGenerator<{ n: number; name: string }> {
  for (let n = 1; n <= count; n++) yield { n, name: `P${n}` }
}

async function collect(texts: AsyncIterable<string | Buffer>): Promise<string> {
  let all = ''
  for await (const text of texts) all += text
  return all
}

test('a list of any length is written whole, a line for each item', async () => {
  const text = await collect(textStream(ndjson(counted(1_001))))
  const lines = text.trimEnd().split('\n')
  expect(lines).toHaveLength(1_001)
  expect(JSON.parse(lines[1_000]!)).toEqual({ n: 1_001, name: 'P1001' })
  expect(await collect(csv(['n', 'name'], counted(0)))).toBe('n,name\r\n')
  expect((await collect(csv(['n', 'name'], counted(401)))).split('\r\n')).toHaveLength(403)
})

test('what is wrong with a list is known before it begins', async () => {
  async function* broken(): AsyncGenerator<object> {
    yield* counted(0)
    throw new Error('no such run')
  }
  await expect(begun(broken())).rejects.toThrow('no such run')
})

test('a list that is given up is given back to whoever waits for its turn', async () => {
  let isGivenBack = false
  async function* held() {
    try {
      yield* counted(10_000)
    } finally {
      isGivenBack = true
    }
  }
  const stream = textStream(ndjson(await begun(held())))
  const ended = new Promise((resolve) => stream.once('close', resolve))
  stream.once('data', () => stream.destroy())
  await ended
  expect(isGivenBack).toBe(true)
})

test('a reader that stops reading is given up', async () => {
  const stream = textStream(ndjson(counted(1_000_000)), 20)
  const error = new Promise<Error>((resolve) => stream.once('error', resolve))
  stream.once('data', () => stream.pause())
  expect((await error).message).toBe('The client has stopped reading.')
})

test('a list that breaks in the middle is cut off, and is not taken for the whole', async () => {
  async function* breaking() {
    yield* counted(300)
    throw new Error('the disk is gone')
  }
  await expect(collect(textStream(ndjson(breaking())))).rejects.toThrow('the disk is gone')
})

test('what work tells is heard while it goes on, then what it gives; what it throws comes last', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const told = toldBy<number, string>(async (tell) => {
    tell(1)
    tell(2)
    const said = await promise
    tell(3)
    return said
  })
  const values = [await told.next(), await told.next()]
  resolve('the end')
  values.push(await told.next(), await told.next())
  expect(values.map(({ value }) => value)).toEqual([1, 2, 3, 'the end'])
  const broken = toldBy<number, string>(async (tell) => {
    tell(1)
    throw new Error('the disk is gone')
  })
  expect((await broken.next()).value).toBe(1)
  await expect(broken.next()).rejects.toThrow('the disk is gone')
})

test('work goes on to its end when nobody hears it any more', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const told = toldBy<number, void>(async (tell) => {
    tell(1)
    await promise
    ended.resolve()
    throw new Error('of which nobody hears')
  })
  await told.next()
  await told.return()
  resolve()
  await ended.promise
})

test('a quiet stream of events says that it is alive, and ends when it should', async () => {
  const end = new AbortController()
  const silence = (async function* () {
    await new Promise((resolve) => end.signal.addEventListener('abort', resolve))
  })()
  const opening = async () => [{ event: 'hello', data: { version: '1' } }]
  const texts = eventTexts({ events: silence, signal: end.signal, opening, prefix: 'r', heartbeatMs: 5 })
  expect((await texts.next()).value).toBe('retry: 3000\n\nid: r-1\nevent: hello\ndata: {"version":"1"}\n\n')
  expect((await texts.next()).value).toBe(': still here\n\n')
  end.abort()
  expect(await texts.next()).toEqual({ done: true, value: undefined })
})

test.each([
  [undefined, 'a/json'],
  ['*/*', 'a/json'],
  ['a/csv', 'a/csv'],
  ['a/*', 'a/json'],
  ['a/csv;q=0.5, a/json;q=0.1', 'a/csv'],
  ['A/CSV , */*;q=0.1', 'a/csv'],
  ['a/json;q=0, */*', 'a/csv'],
])('Accept %s gives %s', (header, expected) => {
  expect(accepted(header, ['a/json', 'a/csv'])).toBe(expected)
})

test.each(['b/*', 'a/csv;q=0', ';;,q', ''])('Accept %j gives nothing', (header) => {
  expect(() => accepted(header, ['a/json', 'a/csv'])).toThrow('allows none of them')
})
