import { describe, expect, it } from 'vitest'
import type { ListedJob, Write } from '../../destination/destination.ts'
import { echoes } from './echo.ts'

type Echo = NonNullable<ListedJob['echo']>[number]

const write = (more: Partial<Write>): Write => ({
  kind: 'create',
  zendeskId: null,
  externalId: null,
  email: null,
  values: {},
  before: {},
  ...more,
})
const echo = (more: Partial<Echo> = {}): Echo => ({ externalId: null, email: null, zendeskId: '9', ...more })
const job = (results: Echo[] | null, more: Partial<ListedJob> = {}): ListedJob => ({
  jobId: 'j',
  total: results?.length ?? null,
  finished: true,
  echo: results,
  ...more,
})

const A = write({ externalId: 'A', email: 'a@example.com' })
const B = write({ externalId: 'b', email: 'b@example.com' })
const mail = write({ email: 'm@example.com' })
const rekeyed = write({ kind: 'rekey', zendeskId: '70', externalId: 'new' })
const nothing = echo({ zendeskId: null })

describe('a finished job is that of a batch when its results repeat the keys of the batch', () => {
  it.each<[string, Write[], ListedJob, boolean]>([
    ['all keys, whatever their case', [A, B], job([echo({ externalId: 'a' }), echo({ externalId: 'B' })]), true],
    ['another order', [A, B], job([echo({ externalId: 'b' }), echo({ externalId: 'a' })]), false],
    ['one of them another person', [A, B], job([echo({ externalId: 'a' }), echo({ externalId: 'c' })]), false],
    ['one row failed', [A, B], job([nothing, echo({ externalId: 'b' })]), true],
    ['every row failed: proves nothing', [A, B], job([nothing, nothing]), false],
    ['fewer rows', [A, B], job([echo({ externalId: 'a' })]), false],
    ['more rows', [A], job([echo({ externalId: 'a' }), echo({ externalId: 'b' })]), false],
    ['results that nobody can read', [A], job(null), false],
    ['an unfinished job', [A], job([echo({ externalId: 'a' })], { finished: false }), false],
    ['a person known by e-mail', [mail], job([echo({ email: 'M@example.com' })]), true],
    ['a person known by e-mail, another address', [mail], job([echo({ email: 'x@example.com' })]), false],
    ['an external_id decides over the address', [A], job([echo({ externalId: 'z', email: 'a@example.com' })]), false],
    ['only the address of a person with an external_id', [A], job([echo({ email: 'a@example.com' })]), true],
    [
      'another address of a person with an external_id proves nothing',
      [A],
      job([echo({ email: 'x@example.com' })]),
      false,
    ],
    ['by Zendesk id', [rekeyed], job([echo({ zendeskId: '70' })]), true],
    ['by another Zendesk id', [rekeyed], job([echo({ zendeskId: '71' })]), false],
  ])('%s', (_, writes, listed, ours) => {
    expect(echoes(listed, writes)).toBe(ours)
  })
})
