import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { Output } from './output.ts'

test('a write waits until the reader has taken what was written', async () => {
  const release: (() => void)[] = []
  const stream = new Writable({ highWaterMark: 4, write: (_chunk, _encoding, done) => release.push(done) })
  const output = new Output(stream)
  let isWritten = false
  const written = output.write('more than four bytes').then(() => {
    isWritten = true
  })
  await new Promise(setImmediate)
  expect(isWritten).toBe(false)
  release[0]!()
  await written
  expect(isWritten).toBe(true)
})

test('after the reader has gone, nothing throws and no more rows are asked for', async () => {
  const stream = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  })
  const output = new Output(stream)
  let asked = 0
  await output.pump(
    (async function* () {
      for (;;) {
        asked++
        yield 'row\n'
      }
    })(),
  )
  expect(output.isClosed).toBe(true)
  expect(asked).toBeLessThanOrEqual(2)
  await output.write('still quiet')
  await output.flush()
})

const stream = (properties: object) =>
  new Output(Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), properties))

test.each([
  ['a terminal', { isTTY: true, columns: 100 }, {}, { columns: 100, color: true }],
  ['a terminal narrower than we can draw for', { isTTY: true, columns: 20 }, {}, { columns: 40, color: true }],
  ['NO_COLOR', { isTTY: true, columns: 80 }, { NO_COLOR: '1', FORCE_COLOR: '1' }, { columns: 80, color: false }],
  ['a dumb terminal', { isTTY: true, columns: 80 }, { TERM: 'dumb' }, { columns: 80, color: false }],
  ['a pipe', {}, {}, { columns: Infinity, color: false }],
  ['a pipe that wants colours', {}, { FORCE_COLOR: '1' }, { columns: Infinity, color: true }],
])('%s has its style', (_name, properties, env, style) => {
  expect(stream(properties).style(env)).toEqual(style)
})
