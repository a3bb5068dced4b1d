import { afterAll, beforeAll, expect, test } from 'vitest'
import { routes } from '../src/emulator/server.ts'
import { type EmulatedAccount, openEmulatedAccount } from './account-client.ts'
import { createScene, tour, type Visit, visit } from './account-tour.ts'
import { differencesOf, operations } from './openapi-differences.ts'
import { knownDifferences } from './openapi-known.ts'

let account: EmulatedAccount
const visits: Visit[] = []

beforeAll(async () => {
  account = await openEmulatedAccount()
  for await (const one of visit(createScene(account, 'tour'), tour)) visits.push(one)
})

afterAll(() => account[Symbol.asyncDispose]())

/** An empty body is undefined where the schema has none, and else an empty string. */
function bodyOf({ call, answer }: Visit): unknown {
  const hasSchema = operations[call.route]?.[String(answer.status)] !== null
  return answer.json ?? (answer.text === '' && !hasSchema ? undefined : answer.text)
}

const served = [...routes.map(({ method, path }) => `${method} ${path}`), 'POST /oauth/tokens']

test('the walk calls every route that the emulator serves', () => {
  const called = new Set(visits.map(({ call }) => call.route))
  expect(served.filter((route) => !called.has(route))).toEqual([])
  expect([...called].filter((route) => !served.includes(route))).toEqual([])
})

test('every route of the emulator is in Zendesk’s OpenAPI file (else: scripts/distil-openapi.ts)', () => {
  expect(served.filter((route) => operations[route] === undefined)).toEqual([])
})

test('every call of the walk has the status that Zendesk documents', () => {
  const statuses = visits.map(({ title, answer }) => `${title}: ${answer.status}`)
  expect(statuses).toEqual(visits.map(({ title, call }) => `${title}: ${call.status}`))
  const undocumented = visits.filter(({ call }) => !(String(call.status) in (operations[call.route] ?? {})))
  expect(undocumented.map(({ title }) => title)).toEqual([])
})

test('every answer fits Zendesk’s OpenAPI file, but for what recordings overrule', () => {
  const found = new Map<string, string>()
  for (const one of visits) {
    for (const { at, difference, path } of differencesOf(one.call.route, one.answer.status, bodyOf(one)) ?? []) {
      const key = `${at} ${difference}`
      if (!found.has(key)) found.set(key, `${key} (${one.title}: ${path})`)
    }
  }
  const known = new Set(knownDifferences.map(({ at, difference }) => `${at} ${difference}`))
  const unknown = [...found].filter(([key]) => !known.has(key)).map(([, words]) => words)
  expect({ unknown, nowhere: [...known].filter((key) => !found.has(key)) }).toEqual({ unknown: [], nowhere: [] })
})
