import { expect, it } from 'vitest'
import type { Definition } from '../../api/operations.ts'
import { needsOf } from './what-needs.ts'

const now = new Date('2026-06-01T00:00:00Z')
const object = (key: string, status: Definition['status']): Definition => ({
  ...{ kind: 'orchestration', key, source: 'ui', body: {}, version: 1, created_at: '', updated_at: '', updated_by: '' },
  ...{ secrets: [], used_by: [], status },
})
const last = (state: string, ended: string | null = '2026-05-31T00:00:00Z') => ({
  last_workflow: { id: 'W-1', state, requested_at: '2026-05-31T00:00:00Z', ended_at: ended },
})

it.each<[string, Definition[], Definition[], string[]]>([
  [
    'nothing is needed where all ended well',
    [object('a', last('completed')), object('b', { last_workflow: null })],
    [],
    [],
  ],
  ['alerts of rows are no call for anybody', [object('a', last('completed_with_alerts'))], [], []],
  [
    'what waits in the queue goes on by itself',
    [object('a', last('waiting', null)), object('b', last('running', null))],
    [],
    [],
  ],
  [
    'errors come first, then what waits for approval, then what was stopped',
    [object('a', last('stopped')), object('b', last('waiting')), object('c', last('error'))],
    [],
    ['workflow c', 'approval b', 'workflow a'],
  ],
  [
    'a credential that is refused or ends soon',
    [],
    [
      object('ends', { health: 'works', ends_at: '2026-10-01T00:00:00Z' }),
      object('fine', { health: 'works', ends_at: null }),
      object('later', { health: 'unknown', ends_at: '2027-10-01T00:00:00Z' }),
      object('broken', { health: 'broken', ends_at: null }),
    ],
    ['credential broken', 'credential ends'],
  ],
])('%s', (_, orchestrations, credentials, expected) => {
  expect(needsOf({ orchestrations, credentials }, now).map(({ kind, object: { key } }) => `${kind} ${key}`)).toEqual(
    expected,
  )
})
