import { expect, it } from 'vitest'
import { placeOf } from './pages.ts'

it.each([
  [null, null],
  ['https://elsewhere.example', null],
  ['//elsewhere.example', null],
  ['/credentials/zendesk', '/settings/credentials?open=zendesk'],
  ['/credentials', '/settings/credentials'],
  ['/destinations', '/activations/destinations'],
  ['/destinations/zendesk', '/destinations/zendesk'],
  ['/orchestrations', '/activations'],
  ['/queries/people', '/queries/people'],
])('%s is at %s', (path, place) => {
  expect(placeOf(path)).toBe(place)
})
