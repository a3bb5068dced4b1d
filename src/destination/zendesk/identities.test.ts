import { describe, expect, it } from 'vitest'
import type { Json } from '../../problem.ts'
import type { Decision, Identity } from './identities.ts'
import { decidePrimaryEmail, decidePrimaryPhone, decideRemovedEmail, readIdentities } from './identities.ts'

const email = (id: string, value: string, more: Partial<Identity> = {}): Identity => ({
  id,
  type: 'email',
  value,
  primary: false,
  verified: true,
  ...more,
})
const phone = (id: string, value: string, more: Partial<Identity> = {}): Identity => ({
  ...email(id, value, more),
  type: 'phone_number',
})

const old = email('1', 'old@example.com', { primary: true })
const further = email('2', 'new@example.com')
const number = phone('3', '+15550001', { primary: true })

/** `PUT /1 new@example.com verified mail`: what each request says. */
function told(decision: Decision | null): string[] | string | null {
  if (decision === null) return null
  if ('kept' in decision) return 'kept'
  return decision.steps.map(({ method, path, identity = {} }) => {
    const { value, verified, primary, skip_verify_email: skips } = identity
    const flag = verified === undefined ? '' : verified === true ? ' verified' : ' unverified'
    return `${method} ${path}${value === undefined ? '' : ` ${value}`}${flag}${primary === true ? ' primary' : ''}${skips === true ? ' no mail' : ''}`
  })
}

describe('a primary address', () => {
  it.each<[string, Identity[], boolean | null, string[]]>([
    ['changes in place', [old, number], null, ['PUT /1 new@example.com no mail']],
    ['is verified if we vouch for it', [old], true, ['PUT /1 new@example.com verified no mail']],
    ['is made where there is none', [number], null, ['POST  new@example.com primary no mail']],
    ['is made where there is nothing', [], true, ['POST  new@example.com verified primary no mail']],
    ['is there already', [{ ...old, value: 'new@example.com' }], null, []],
    [
      'is there already and gets verified',
      [email('1', 'new@example.com', { primary: true, verified: false })],
      true,
      ['PUT /1 verified'],
    ],
    ['is a further one of the person', [old, further], null, ['PUT /2/make_primary']],
    [
      'is a further one that is verified first',
      [old, { ...further, verified: false }],
      true,
      ['PUT /2 verified', 'PUT /2/make_primary'],
    ],
    ['is a further one whose word stays', [old, { ...further, verified: false }], null, ['PUT /2/make_primary']],
    [
      'is a further one that is not verified any more',
      [old, further],
      false,
      ['PUT /2 unverified', 'PUT /2/make_primary'],
    ],
  ])('%s', (_, identities, verified, expected) => {
    expect(told(decidePrimaryEmail(identities, 'new@example.com', verified))).toEqual(expected)
  })
})

it.each<[string, Identity[], string[] | string]>([
  ['goes', [old, further], ['DELETE /2']],
  ['is gone', [old], []],
  ['is no number', [phone('2', 'new@example.com')], []],
  ['is the primary one', [{ ...further, primary: true }], 'kept'],
])('an address to remove %s', (_, identities, expected) => {
  expect(told(decideRemovedEmail(identities, 'new@example.com'))).toEqual(expected)
})

describe('a primary number', () => {
  it.each<[string, Identity[], string | null, string[] | null]>([
    ['changes in place', [old, number], '+15550001', ['PUT /3 +15550009']],
    ['is there already', [number], '+15550009', []],
    [
      'takes the place of a further one of the person',
      [number, phone('4', '+15550009')],
      '+15550001',
      ['DELETE /4', 'PUT /3 +15550009'],
    ],
    ['is shared, and so no identity', [old], '+15550001', null],
    ['is shared beside another direct line', [number], '+15557777', null],
    ['is the first', [old], null, null],
  ])('%s', (_, identities, shown, expected) => {
    expect(told(decidePrimaryPhone(identities, shown, '+15550009'))).toEqual(expected)
  })
})

it('reads addresses in lower case, and leaves out what has no id', () => {
  const items: Json = [
    { id: 1, type: 'email', value: ' A@Example.com ', primary: true, verified: true },
    { id: 2, type: 'phone_number', value: '+1555' },
    { type: 'email', value: 'b@example.com' },
  ]
  expect(readIdentities(items)).toEqual([
    { id: '1', type: 'email', value: 'a@example.com', primary: true, verified: true },
    { id: '2', type: 'phone_number', value: '+1555', primary: false, verified: false },
  ])
  expect(readIdentities(undefined)).toEqual([])
})
