import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EmulatedAccount, openEmulatedAccount } from './account-client.ts'
import { createScene, type Scene, tour, visit } from './account-tour.ts'
import { recordedAnswers } from './recorded-answers.ts'
import { differencesFrom } from './recorded-differences.ts'
import { recordedRefusals } from './recorded-refusals.ts'
import { misfits } from './shape.ts'

let account: EmulatedAccount
let scene: Scene

beforeAll(async () => {
  account = await openEmulatedAccount()
  scene = createScene(account, 'seen')
  for await (const { title, call, answer } of visit(scene, tour))
    expect(`${title} ${answer.status}`).toBe(`${title} ${call.status}`)
})

afterAll(() => account[Symbol.asyncDispose]())

test.each([...recordedAnswers, ...recordedRefusals])('recorded: $title ($source)', async (recording) => {
  const before = account.emulator.state({ limit: 0 }).settings
  account.emulator.seed({ settings: recording.settings ?? {} })
  const answer = await recording.ask(scene)
  account.emulator.seed({ settings: before })
  expect(differencesFrom(recording, answer)).toEqual([])
})

test.each([
  ['a key too many', { id: 'integer' }, { id: 1, name: 'x' }],
  ['a key too few', { id: 'integer', name: 'string' }, { id: 1 }],
  ['another type', { id: 'integer' }, { id: '1' }],
  ['another order', { id: 'integer', name: 'string' }, { name: 'x', id: 1 }],
  ['an empty list', ['integer'], []],
  ['another value', { is: 'x' }, 'y'],
  ['no match', /^x$/, 'y'],
  ['null', { a: 'object' }, { a: null }],
  ['something deep', { a: [{ b: 'null' }] }, { a: [{ b: null }, { b: 1 }] }],
] as [string, Parameters<typeof misfits>[0], unknown][])('a shape refuses %s', (_, shape, value) => {
  expect(misfits(shape, value)).toHaveLength(1)
})
