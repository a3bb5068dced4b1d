import { describe, expect, test } from 'vitest'
import { Account } from './account.ts'
import { UserHistory } from './history.ts'
import { defaultSettings } from './settings.ts'
import { openTestAccount, type TestAccount } from './test-account.ts'

function idOf(account: TestAccount, externalId: string): number {
  return account.emulator.state({ external_id: externalId }).users[0]!.id
}

/** What the history says, without times. */
function told(account: TestAccount, id: number) {
  const person = account.emulator.person(id)!
  const lines = person.history.map(({ kind, request, job, other, changes }) => ({
    kind,
    by: request ?? job?.type,
    ...(other ? { other: other.name } : {}),
    changes: Object.fromEntries(changes.map((change) => [change.key, [change.old, change.new]])),
  }))
  return { lines, isWhole: person.is_history_whole }
}

describe('what a person went through', () => {
  test('jobs and requests, the latest first, with changed values only', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ user_fields: [{ key: 'city' }, { key: 'vip', type: 'checkbox', tag: 'vip' }] })
    const ann = { name: 'Ann', external_id: 'a', email: 'ann@example.com', user_fields: { city: 'Rome' } }
    await account.upsert({ ...ann, skip_verify_email: true })
    await account.upsert(ann)
    await account.upsert({ ...ann, email: 'ann.new@example.com', user_fields: { city: 'Oslo', vip: true } })
    const id = idOf(account, 'a')
    await account.call('PUT', `/api/v2/users/${id}.json`, { user: { notes: 'Calls on Mondays', suspended: true } })
    expect(told(account, id)).toEqual({
      isWhole: true,
      lines: [
        {
          kind: 'updated',
          by: `PUT /api/v2/users/${id}.json`,
          changes: { notes: [null, 'Calls on Mondays'], suspended: [false, true] },
        },
        {
          kind: 'updated',
          by: 'Bulk Create User',
          changes: {
            tags: [[], ['vip']],
            'user_fields.city': ['Rome', 'Oslo'],
            'user_fields.vip': [null, true],
            email: [null, 'ann.new@example.com'],
          },
        },
        { kind: 'updated', by: 'Bulk Create User', changes: {} },
        {
          kind: 'created',
          by: 'Bulk Create User',
          changes: {
            name: [null, 'Ann'],
            external_id: [null, 'a'],
            'user_fields.city': [null, 'Rome'],
            email: [null, 'ann@example.com (primary)'],
          },
        },
      ],
    })
    const { history } = account.emulator.person(id)!
    expect(history[1]!.job!.id).toBe(account.emulator.jobs().jobs[0]!.id)
    expect(history.map(({ at }) => Date.parse(at))).toEqual(
      history.map(({ at }) => Date.parse(at)).sort((a, b) => b - a),
    )
  })

  test('identities: made primary, verified, removed', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({
      users: [{ name: 'A', external_id: 'a', email: 'a@example.com', emails: ['b@example.com'] }],
    })
    const id = idOf(account, 'a')
    const [first, second] = account.emulator.state({ id }).users[0]!.identities
    await account.call('PUT', `/api/v2/users/${id}/identities/${second!.id}/make_primary`)
    await account.call('DELETE', `/api/v2/users/${id}/identities/${first!.id}`)
    const { history, is_history_whole: isWhole } = account.emulator.person(id)!
    expect(history.map(({ changes }) => changes.map((change) => [change.old, change.new]))).toEqual([
      [['a@example.com (verified)', null]],
      [
        ['a@example.com (primary, verified)', 'a@example.com (verified)'],
        ['b@example.com (verified)', 'b@example.com (primary, verified)'],
      ],
    ])
    expect(isWhole).toBe(false)
  })

  test('a merge stands with both', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({
      users: [
        { name: 'Left', external_id: 'l', email: 'l@example.com' },
        { name: 'Gone', external_id: 'g', email: 'g@example.com' },
      ],
    })
    const [left, gone] = [idOf(account, 'l'), idOf(account, 'g')]
    await account.call('PUT', `/api/v2/users/${gone}/merge`, { user: { id: left } })
    const by = `PUT /api/v2/users/${gone}/merge`
    expect(told(account, left).lines).toEqual([
      { kind: 'merged', by, other: 'Gone', changes: { email: [null, 'g@example.com (verified)'] } },
    ])
    expect(told(account, gone).lines).toEqual([
      {
        kind: 'merged',
        by,
        other: 'Left',
        changes: { external_id: ['g', null], email: [expect.stringMatching(/^g@/), null] },
      },
    ])
  })

  test('deleting, and deleting for good, after which nothing personal is left', async () => {
    await using account = await openTestAccount()
    await account.upsert({ name: 'A', external_id: 'a', email: 'a@example.com' })
    const id = idOf(account, 'a')
    await account.call('DELETE', `/api/v2/users/${id}`)
    expect(told(account, id).lines[0]).toEqual({
      kind: 'deleted',
      by: `DELETE /api/v2/users/${id}`,
      changes: { external_id: ['a', null], email: ['a@example.com (primary)', null] },
    })
    await account.call('DELETE', `/api/v2/deleted_users/${id}`)
    expect(told(account, id).lines.map(({ kind, changes }) => [kind, changes])).toEqual([
      ['erased', {}],
      ['deleted', {}],
      ['created', {}],
    ])
    expect(JSON.stringify(account.emulator.person(id)!.history)).not.toContain('a@example.com')
  })

  test('by organisations, and by a field that goes with its values', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({
      user_fields: [{ key: 'city' }],
      organizations: [{ id: 1, name: 'Acme' }],
      users: [{ name: 'A', external_id: 'a', user_fields: { city: 'Rome' } }],
    })
    const id = idOf(account, 'a')
    await account.call('POST', '/api/v2/organization_memberships', {
      organization_membership: { user_id: id, organization_id: 1 },
    })
    const field = account.emulator.state().user_fields[0] as { id: number }
    await account.call('DELETE', `/api/v2/user_fields/${field.id}`)
    expect(told(account, id).lines.map(({ changes }) => changes)).toEqual([
      { 'user_fields.city': ['Rome', null] },
      { organizations: [null, 'Acme (default)'] },
    ])
  })

  test('the control that deletes a user is named', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: [{ name: 'A', external_id: 'a' }] })
    const id = idOf(account, 'a')
    account.emulator.deleteUser({ id })
    expect(told(account, id).lines).toMatchObject([{ kind: 'deleted', by: 'POST /_emulator/delete_user' }])
  })
})

describe('what is kept', () => {
  const account = () => new Account(1, { ...defaultSettings }, () => 0)

  test('the latest entries, in a ring', () => {
    const history = new UserHistory([], 3)
    const user = account().createUser('0', 0)
    for (let index = 1; index <= 8; index++) {
      history.during({ request: String(index) }, () => {
        history.open(user, index, false)
        user.name = String(index)
      })
      expect(history.of(user).map(({ atS }) => atS)).toEqual([index, index - 1, index - 2].filter((atS) => atS > 0))
    }
  })

  test('nothing outside of requests and jobs', () => {
    const history = new UserHistory([])
    const user = account().createUser('0', 0)
    history.open(user, 1, false)
    history.touch(user, 1)
    history.mark(user, 1, 'deleted')
    expect(history.of(user)).toEqual([])
  })

  test('two writes of one user in one job are two entries', () => {
    const history = new UserHistory([])
    const user = account().createUser('0', 0)
    history.during({ jobId: 'V3-1', jobType: 'Bulk Create User' }, () => {
      for (const name of ['1', '2']) {
        history.open(user, 1, false)
        user.name = name
      }
    })
    expect(history.of(user).map(({ changes }) => changes)).toEqual([
      ['name', '1', '2'],
      ['name', '0', '1'],
    ])
  })

  test('of a long text its beginning', () => {
    const history = new UserHistory([])
    const user = account().createUser('0', 0)
    history.during({ request: 'PUT' }, () => {
      history.open(user, 1, false)
      user.details = 'x'.repeat(10_000)
    })
    expect(history.of(user)[0]!.changes).toEqual(['details', null, `${'x'.repeat(500)}…`])
  })
})
