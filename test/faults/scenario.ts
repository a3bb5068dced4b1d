/** A run that makes every kind of request there is, and where each of them can be struck. */
import type { Fault } from '../../src/emulator/index.ts'
import { hurriedRun } from '../hurried-run.ts'
import { type Bench, openBench, type SourceRow } from '../project-bench.ts'
import { people } from '../sample-people.ts'
import { type HeldAccount, undisturbedAccount } from './verdict.ts'

const everything = {
  destination: {
    email_change: 'replace_primary',
    tags: 'add',
    organizations: 'create',
    on_exit: 'delete',
    guards: { max_exits_percent: 'none' },
    live: 'always',
    confirm: 'all',
  },
}

const before = people(10, () => ({ tags: 'vip', organization: 'First' }))
/** Two left, two got another external_id, two have another address, four are new, everybody another tag. */
const after: SourceRow[] = people(14, (n) => ({
  ...(n === 2 || n === 4 ? { external_id: `new-${n}` } : {}),
  ...(n === 5 || n === 10 ? { email: `moved${n}@example.com` } : {}),
  tags: 'vip gold',
  organization: n % 2 === 0 ? 'Second' : 'First',
})).filter(({ external_id }) => external_id !== 'C-1' && external_id !== 'C-3')

/** A kind of request; of one that only comes after another fault, `provoke` is that. */
export interface RequestKind {
  name: string
  method: string
  path: RegExp
  provoke?: Fault
  /** What the answer must not be taken for: wrong types in it. */
  mistyped: Record<string, unknown>[]
}

const listed = (key: string): Record<string, unknown>[] => [{ [key]: {} }, { [key]: 7 }, { id: { of: 1 } }]
const bulk = [{ job_status: [] }, { id: 7 }, { id: {} }, { status: 7 }]
const bulkPath = /create_or_update_many/

export const requestKinds: readonly RequestKind[] = [
  { name: 'token', method: 'POST', path: /oauth\/tokens/, mistyped: [{ access_token: 7 }, { expires_in: 'soon' }] },
  { name: 'who we are', method: 'GET', path: /users\/me/, mistyped: [{ user: [] }, { id: {} }, { role: 7 }] },
  { name: 'user fields', method: 'GET', path: /user_fields/, mistyped: listed('user_fields') },
  {
    name: 'agents',
    method: 'GET',
    path: /users\?role/,
    mistyped: [...listed('users'), { identities: 7 }, { meta: [] }],
  },
  { name: 'everybody', method: 'GET', path: /users\?include/, mistyped: [...listed('users'), { meta: 'more' }] },
  { name: 'organisations', method: 'GET', path: /organizations\/search/, mistyped: listed('organizations') },
  { name: 'bulk import', method: 'POST', path: bulkPath, mistyped: bulk },
  {
    name: 'poll',
    method: 'GET',
    path: /job_statuses\/show_many/,
    mistyped: [...listed('job_statuses'), { status: 7 }, { results: {} }, { results: 'all well' }],
  },
  {
    name: 'one job',
    method: 'GET',
    path: /job_statuses\/V3/,
    provoke: { kind: 'status', status: 400, match: { path: 'job_statuses/show_many' } },
    mistyped: [{ job_status: [] }, { id: 7 }, { status: 7 }],
  },
  {
    name: 'list of jobs',
    method: 'GET',
    path: /job_statuses\?/,
    provoke: { kind: 'reset_after_write', match: { path: bulkPath } },
    mistyped: [...listed('job_statuses'), { status: 7 }, { results: 7 }, { total: 'many' }],
  },
  // How many people are asked for tells these apart.
  {
    name: 'people by id',
    method: 'GET',
    path: /show_many\?include=identities&ids=\d+(,\d+)?$/,
    mistyped: listed('users'),
  },
  { name: 'confirming', method: 'GET', path: /show_many\?include=identities&ids=(\d+,){2}/, mistyped: listed('users') },
  { name: 'the same account', method: 'GET', path: /users\/show_many\?ids=(\d+,){9}/, mistyped: listed('users') },
  { name: 'tags', method: 'GET', path: /users\/show_many\?ids=(\d+,){1,7}\d+$/, mistyped: listed('users') },
  { name: 'known people', method: 'PUT', path: /update_many/, mistyped: bulk },
  { name: 'identities', method: 'GET', path: /identities\?/, mistyped: listed('identities') },
  { name: 'an identity', method: 'PUT', path: /identities\/\d+/, mistyped: [{ identity: [] }] },
  {
    name: 'an organisation',
    method: 'POST',
    path: /organizations(\.json)?$/,
    mistyped: [{ organization: [] }, { id: {} }],
  },
  { name: 'memberships', method: 'POST', path: /organization_memberships\/create_many/, mistyped: bulk },
  { name: 'deletions', method: 'DELETE', path: /destroy_many/, mistyped: bulk },
]

/** The faults that strike a kind of request so. */
export function faultsOn(kind: RequestKind, fault: Omit<Fault, 'match'>): Fault[] {
  const struck: Fault = { ...fault, match: { method: kind.method, path: kind.path } }
  return kind.provoke === undefined ? [struck] : [kind.provoke, struck]
}

let expected: Promise<HeldAccount> | null = null

/** What undisturbed runs leave; found out once. */
export function undisturbed(): Promise<HeldAccount> {
  expected ??= undisturbedAccount(everything, [before, after])
  return expected
}

/** An account with a first delivery, and a source that has changed since. */
export async function withScenario<T>(work: (bench: Bench) => Promise<T>): Promise<T> {
  const bench = await openBench(everything)
  try {
    await bench.write(before)
    await hurriedRun(bench)
    await bench.write(after)
    bench.emulator.clearCalls()
    return await work(bench)
  } finally {
    await bench.close()
  }
}
