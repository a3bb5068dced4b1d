import { expect, test } from 'vitest'
import { wayHere } from './way.ts'

test.each<[unknown, string | undefined]>([
  ['/', '/'],
  ['/queries?q=peo#top', '/queries?q=peo#top'],
  ['/people/zoë müller', '/people/zo%C3%AB%20m%C3%BCller'],
  ['/a/../workflows', '/workflows'],
  ['/workflows?to=//evil.example', '/workflows?to=//evil.example'],
  ['//evil.example/x', undefined],
  ['/\\evil.example', undefined],
  ['/\t/evil.example', undefined],
  ['/\n\\evil.example', undefined],
  ['/.//evil.example', undefined],
  ['/x/..//evil.example', undefined],
  ['https://evil.example/', undefined],
  ['javascript:alert(1)', undefined],
  ['queries', undefined],
  ['', undefined],
  [undefined, undefined],
  [7, undefined],
])('where %j leads after signing in: %s', (address, way) => {
  expect(wayHere(address)).toBe(way)
})
