import { expect, test } from 'vitest'
import { activityQuery } from './filters.ts'

const at = (text: string) => new Date(text).toISOString()

test.each([
  ['nothing', {}, {}],
  ['text and who', { q: 'ada', who: 'user/1' }, { text: 'ada', actor: 'user/1' }],
  ['only what is known of allowed', { allowed: 'perhaps' }, {}],
  ['what was denied', { allowed: 'false' }, { allowed: 'false' }],
  [
    'days, the last one in',
    { from: '2027-03-01', to: '2027-03-31' },
    { from: at('2027-03-01T00:00:00'), to: at('2027-04-01T00:00:00') },
  ],
  ['no days', { from: 'yesterday', to: '2027-13-45' }, {}],
])('filters of the address: %s', (_, search, query) => {
  expect(activityQuery(search)).toEqual(query)
})
