import { describe, expect, it } from 'vitest'
import type { HttpAnswer } from './http.ts'
import { idText, parseJson } from './json.ts'
import { answerProblem, classifyWrite, oneLine, readRefusal } from './problems.ts'

const origin = 'https://socktown.zendesk.com'

function answer(status: number, body: object | string = '', complete = true): HttpAnswer {
  return { status, headers: new Map(), text: typeof body === 'string' ? body : JSON.stringify(body), complete }
}

describe('error envelopes', () => {
  it.each<[string, object | string, { code: string | null; words: string; isApi: boolean }]>([
    [
      'code and description',
      { error: 'RecordNotFound', description: 'Not found' },
      { code: 'RecordNotFound', words: 'RecordNotFound: Not found', isApi: true },
    ],
    [
      'title and message',
      { error: { title: 'Forbidden', message: 'No access' } },
      { code: null, words: 'Forbidden: No access', isApi: true },
    ],
    [
      'a list',
      { errors: [{ code: 'TooManyRequests', title: 'Too many' }] },
      { code: 'TooManyRequests', words: 'Too many', isApi: true },
    ],
    [
      'a sentence',
      { error: "Couldn't authenticate you" },
      { code: null, words: "Couldn't authenticate you", isApi: true },
    ],
    [
      'OAuth',
      { error: 'invalid_client', error_description: 'Nope' },
      { code: 'invalid_client', words: 'invalid_client: Nope', isApi: true },
    ],
    [
      'text',
      'You have exceeded\nthe rate limit',
      { code: null, words: 'You have exceeded the rate limit', isApi: false },
    ],
    ['HTML', '<html><body>Bad gateway</body></html>', { code: null, words: 'HTTP 502', isApi: false }],
    ['nothing', '', { code: null, words: 'HTTP 502', isApi: false }],
    ['other JSON', [1], { code: null, words: '[1]', isApi: false }],
  ])('%s', (_, body, expected) => expect(readRefusal(answer(502, body))).toMatchObject(expected))

  it('bounds words without breaking a character', () => {
    const line = oneLine('🧦'.repeat(400))
    expect(line.length).toBeLessThanOrEqual(500)
    expect(line.isWellFormed()).toBe(true)
  })
})

describe('answers to reads', () => {
  it.each<[HttpAnswer, string | null]>([
    [answer(301), 'zendesk.redirected'],
    [answer(404, '<html>No such help desk</html>'), 'zendesk.unknown_subdomain'],
    [answer(404, { error: 'InvalidEndpoint', description: 'Not found' }), 'zendesk.unexpected_answer'],
    [answer(401, { error: "Couldn't authenticate you" }), 'zendesk.credentials_rejected'],
    [answer(403, { error: { title: 'Forbidden', message: 'x' } }), 'zendesk.permission_denied'],
    [answer(422, { error: 'invalid' }), 'zendesk.unexpected_answer'],
    [answer(500, ''), null],
    [answer(200, {}), null],
  ])('%j', (given, code) => expect(answerProblem(given, 'reading', origin)?.code ?? null).toBe(code))
})

describe('answers to writes', () => {
  const tooManyJobs = { error: 'TooManyJobs', description: 'Zu viele', current_job_ids: ['1'] }
  const named = (row: number) => ({
    error: { title: 'X', message: `Invalid parameter: users.${row}.phone must be a string` },
  })
  it.each<[string, HttpAnswer, number | null, object]>([
    ['a job', answer(200, { job_status: { id: '1' } }), null, { verdict: 'accepted' }],
    ['201', answer(201, { user: {} }), null, { verdict: 'accepted' }],
    ['a 200 that is cut', answer(200, '', false), null, { verdict: 'accepted', json: undefined }],
    ['too many jobs, 429', answer(429, tooManyJobs), null, { verdict: 'refused', delayMs: 3_000 }],
    ['too many jobs, 422', answer(422, tooManyJobs), 9_000, { verdict: 'refused', delayMs: 9_000 }],
    ['too many jobs, 503', answer(503, tooManyJobs), null, { verdict: 'refused' }],
    ['too many jobs, 200', answer(200, tooManyJobs), null, { verdict: 'refused' }],
    ['limited, text', answer(429, 'slow down'), 27_000, { verdict: 'refused', delayMs: 27_000 }],
    [
      'limited, JSON',
      answer(429, { errors: [{ code: 'TooManyRequests' }] }),
      null,
      { verdict: 'refused', delayMs: 10_000 },
    ],
    ['a collision', answer(409, { error: 'DatabaseConflict' }), null, { verdict: 'refused', delayMs: 1_000 }],
    ['a deadlock', answer(503, ''), 4_000, { verdict: 'ambiguous', delayMs: 4_000 }],
    ['maintenance', answer(503, '<html>'), null, { verdict: 'ambiguous', delayMs: 0 }],
    ['a bad gateway', answer(502, '<html>'), null, { verdict: 'ambiguous' }],
    ['500', answer(500, { error: 'X' }), null, { verdict: 'ambiguous' }],
    ['408', answer(408, ''), null, { verdict: 'ambiguous' }],
    ['401', answer(401, { error: "Couldn't authenticate you" }), null, { verdict: 'unauthorised' }],
    ['403', answer(403, ''), null, { verdict: 'denied' }],
    ['a mistyped cell', answer(400, named(17)), null, { verdict: 'rejected_rows', rows: [{ index: 17 }] }],
    ['a cell of a row that was not sent', answer(400, named(100)), null, { verdict: 'invalid' }],
    [
      'too many values',
      answer(400, { error: 'TooManyValues', description: 'Maximum 100' }),
      null,
      { verdict: 'invalid' },
    ],
    ['422', answer(422, { error: 'RecordInvalid' }), null, { verdict: 'invalid' }],
    ['a redirect', answer(307), null, { verdict: 'stopped', problem: { code: 'zendesk.redirected' } }],
    [
      'an unknown subdomain',
      answer(404, '<html>'),
      null,
      { verdict: 'stopped', problem: { code: 'zendesk.unknown_subdomain' } },
    ],
    [
      'an unknown path',
      answer(404, { error: 'InvalidEndpoint' }),
      null,
      { verdict: 'stopped', problem: { code: 'zendesk.unexpected_answer' } },
    ],
    ['413', answer(413, ''), null, { verdict: 'stopped', problem: { code: 'zendesk.unexpected_answer' } }],
  ])('%s', (_, given, waitMs, expected) => expect(classifyWrite(given, waitMs, 100, origin)).toMatchObject(expected))
})

describe('ids', () => {
  it.each([
    ['{"id":6164039664282}', '6164039664282'],
    ['{"id":9007199254740993}', '9007199254740993'],
    ['{"id":18446744073709551615}', '18446744073709551615'],
    ['{"id":"12"}', '12'],
    ['{"id":0}', null],
    ['{"id":-5}', null],
    ['{"id":1.5}', null],
    ['{"id":null}', null],
    ['{"id":"12; DROP"}', null],
    ['{"id":true}', null],
  ])('%s', (text, expected) => expect(idText((parseJson(text) as { id: unknown }).id)).toBe(expected))

  it('leaves other long numbers as numbers, and texts as they are', () => {
    expect(parseJson('{"a":0.125000000000000000,"b":"12345678901234567890"}')).toEqual({
      a: 0.125,
      b: '12345678901234567890',
    })
    expect(parseJson('<html>')).toBeUndefined()
  })
})
