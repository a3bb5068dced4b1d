import { describe, expect, it } from 'vitest'
import type { Json } from '../../problem.ts'
import { accessToken, countValue, jobWithId, listOf, pageOf, recordNamed, type Shape, signedIn } from './shapes.ts'

type Body = Record<string, Json>

describe('the shape of an answer', () => {
  it.each<[string, Shape, right: Body[], wrong: Body[]]>([
    [
      'a list',
      listOf('users'),
      [{ users: [] }, { users: [{ id: 1 }, { id: '12345678901234567890' }] }, { users: [{ id: 'V3-ab' }] }],
      [{}, { users: {} }, { users: null }, { users: 7 }, { users: [7] }, { users: [{ id: {} }] }, { users: [[]] }],
    ],
    [
      'a page',
      pageOf('users'),
      [{ users: [] }, { users: [], meta: { has_more: false } }],
      [{ users: {} }, { users: [], meta: [] }, { users: [], meta: 'more' }],
    ],
    ['a record', recordNamed('user'), [{ user: {} }], [{}, { user: [] }, { user: null }, { user: 'Ann' }]],
    [
      'a job',
      jobWithId('V3-a'),
      [{ job_status: { id: 'V3-a', status: 'queued' } }],
      [{}, { job_status: [] }, { job_status: { id: 7 } }, { job_status: { id: 'V3-b' } }],
    ],
    [
      'who we are',
      signedIn,
      [{ user: { id: 1, role: 'admin' } }, { user: { id: null, role: 'end-user' } }],
      [
        {},
        { user: [] },
        { user: { role: 'admin' } },
        { user: { id: {}, role: 'admin' } },
        { user: { id: 1, role: 7 } },
      ],
    ],
    [
      'a token',
      accessToken,
      [{ access_token: 'abc' }],
      [{}, { access_token: 7 }, { access_token: '' }, { access_token: 'a\nb' }, { access_token: ['abc'] }],
    ],
    ['a count', countValue, [{ count: { value: 0 } }], [{}, { count: 7 }, { count: { value: '7' } }, { count: [] }]],
  ])('%s', (_, shape, right, wrong) => {
    expect(right.filter((body) => !shape(body))).toEqual([])
    expect(wrong.filter(shape)).toEqual([])
  })
})
