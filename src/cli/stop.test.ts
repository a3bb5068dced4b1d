import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { stopSignals } from './stop.ts'

function scene() {
  const source = new EventEmitter()
  let nowMs = 0
  let left = 0
  const stop = stopSignals(
    source,
    () => left++,
    () => nowMs,
  )
  const press = (signal: string, atMs: number) => {
    nowMs = atMs
    source.emit(signal)
    return [stop.control.signal.aborted, stop.control.abort.aborted, left]
  }
  return { source, stop, press }
}

test('the first signal asks, the second insists, the third leaves', () => {
  const { press } = scene()
  expect(press('SIGINT', 1000)).toEqual([true, false, 0])
  expect(press('SIGTERM', 2000)).toEqual([true, true, 0])
  expect(press('SIGINT', 3000)).toEqual([true, true, 1])
})

test('one key press that arrives twice counts once', () => {
  const { press } = scene()
  press('SIGINT', 1000)
  expect(press('SIGINT', 1010)).toEqual([true, false, 0])
})

test('afterwards the signals belong to the process again', () => {
  const { source, stop } = scene()
  stop.dispose()
  expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0)
})
