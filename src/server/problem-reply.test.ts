import { expect, test } from 'vitest'
import { Problem } from '../problem.ts'
import { asRequestProblem, problemText } from './problem-reply.ts'

test.each([
  ['a full disk', new Problem('project.disk_full', { message: 'No room.' }), 507, 'project.disk_full'],
  [
    'a store that does not answer',
    new Problem('store.unreachable', { message: 'No answer.' }),
    503,
    'store.unreachable',
  ],
  ['a server that ends', new Problem('server.stopping', { message: 'About to end.' }), 503, 'server.stopping'],
  ['what nobody foresaw', new TypeError('ada@example.com is not a function'), 500, 'internal.bug'],
])('%s has a status and a code of its own', (_, error, status, code) => {
  const found = asRequestProblem(error)
  expect(found.status).toBe(status)
  expect(JSON.parse(problemText(found, 'r1'))).toMatchObject({ status, code, request_id: 'r1' })
})

test('of a bug no word leaves the server', () => {
  const told = problemText(asRequestProblem(new TypeError('ada@example.com is not a function')), 'r1')
  expect(told).not.toContain('ada')
  expect(JSON.parse(told)).toMatchObject({ fix: expect.stringContaining('r1') })
})
