import { describe, expect, it, test } from 'vitest'
import { type Action, allActions } from './authorize.ts'
import { type OptionKey, options, type PolicyKey, policies, readGrants, rightsOf, rightsOfKey } from './policies.ts'

const administrator = 'datagrid_administrator'
const operator = 'datagrid_operator'
const analyst = 'amp360_user'
const marketer = 'ampiq_user'

/** Written by hand, so that an edit of the policies that changes who may do what is seen here. */
const yes = true
const no = false
test.each<[PolicyKey, Action, boolean]>([
  [administrator, 'user:write', yes],
  [administrator, 'key:administer', yes],
  [administrator, 'server:maintain', yes],
  [administrator, 'pii:read', yes],
  [administrator, 'project:apply', yes],
  [operator, 'credential:write', yes],
  [operator, 'destination:write', yes],
  [operator, 'destination:forget', yes],
  [operator, 'destination:admin_only', yes],
  [operator, 'orchestration:run', yes],
  [operator, 'project:apply', yes],
  [operator, 'activity:read', yes],
  [operator, 'data:download', yes],
  [operator, 'user:read', no],
  [operator, 'user:write', no],
  [operator, 'key:write', no],
  [operator, 'server:maintain', no],
  [analyst, 'orchestration:run', yes],
  [analyst, 'orchestration:write', yes],
  [analyst, 'workflow:control', yes],
  [analyst, 'destination:read', yes],
  [analyst, 'destination:test', yes],
  [analyst, 'destination:write', no],
  [analyst, 'destination:admin_only', no],
  [analyst, 'credential:read', no],
  [analyst, 'credential:write', no],
  [analyst, 'project:apply', no],
  [analyst, 'activity:read', no],
  [analyst, 'user:write', no],
  [marketer, 'workflow:read', yes],
  [marketer, 'notification:write', yes],
  [marketer, 'data:download', yes],
  [marketer, 'table:upload', yes],
  ['ampiq_user_read_only', 'table:upload', no],
  [marketer, 'orchestration:read', no],
  [marketer, 'orchestration:run', no],
  [marketer, 'workflow:control', no],
  [marketer, 'person:read', no],
  [marketer, 'credential:read', no],
  ['datagrid_operator_read_only', 'credential:read', yes],
  ['datagrid_operator_read_only', 'activity:read', yes],
  ['datagrid_operator_read_only', 'data:download', no],
  ['datagrid_operator_read_only', 'orchestration:run', no],
  ['datagrid_operator_read_only', 'credential:write', no],
  ['amp360_user_read_only', 'person:read', yes],
  ['amp360_user_read_only', 'orchestration:run', no],
  ['amp360_user_read_only', 'workflow:control', no],
  ['amp360_user_read_only', 'data:download', no],
  ['ampiq_user_read_only', 'workflow:read', yes],
  ['ampiq_user_read_only', 'person:read', no],
  ['ampiq_user_read_only', 'notification:write', no],
])('%s may %s: %s', (policy, action, expected) => {
  expect(rightsOf({ policies: [policy], options: [] }).has(action)).toBe(expected)
})

test.each<[OptionKey, PolicyKey, Action, boolean]>([
  ['restrict_pii', administrator, 'pii:read', no],
  ['restrict_pii', administrator, 'pii:send', no],
  ['restrict_pii', administrator, 'person:read', yes],
  ['restrict_downloads', operator, 'data:download', no],
  ['restrict_downloads', operator, 'person:read', yes],
  ['restrict_uploads', marketer, 'table:upload', no],
  ['restrict_uploads', analyst, 'query:run', yes],
  ['restrict_data_exports', analyst, 'orchestration:run', no],
  ['restrict_data_exports', analyst, 'workflow:control', no],
  ['restrict_data_exports', analyst, 'orchestration:write', yes],
  ['allow_user_administration', marketer, 'user:write', yes],
  ['allow_user_administration', marketer, 'key:write', no],
  ['allow_api_key_administration', analyst, 'key:administer', yes],
  ['allow_api_key_administration', analyst, 'user:read', no],
])('%s, given to %s, leaves %s: %s', (option, policy, action, expected) => {
  expect(rightsOf({ policies: [policy], options: [option] }).has(action)).toBe(expected)
})

const policyKeys = Object.keys(policies) as PolicyKey[]
const optionKeys = Object.keys(options) as OptionKey[]

describe('what somebody may do', () => {
  it('is nothing without a policy', () => {
    expect([...rightsOf({ policies: [], options: [] })]).toEqual([])
  })

  it('is the sum of the policies, and a restriction goes before all of them', () => {
    const everything = rightsOf({ policies: policyKeys, options: optionKeys })
    const denied = optionKeys.flatMap((key) => (options[key].effect === 'deny' ? options[key].actions : []))
    expect([...everything].sort()).toEqual(allActions.filter((action) => !denied.includes(action as never)).sort())
  })

  it('changes nothing for those who only read', () => {
    const writing = allActions.filter((action) => !action.endsWith(':read') && action !== 'destination:admin_only')
    for (const key of policyKeys.filter((one) => one.endsWith('_read_only')))
      expect([...rightsOf({ policies: [key], options: [] })].filter((action) => writing.includes(action))).toEqual([])
  })

  it('is within what the same policy without its restriction to reading may do', () => {
    for (const key of policyKeys.filter((one) => one.endsWith('_read_only'))) {
      const whole = rightsOf({ policies: [key.replace('_read_only', '') as PolicyKey], options: [] })
      expect([...rightsOf({ policies: [key], options: [] })].filter((action) => !whole.has(action))).toEqual([])
    }
  })

  it('of a key is never more than that of its owner', () => {
    for (const policy of policyKeys) {
      const owner = rightsOf({ policies: [policy], options: [] })
      expect(rightsOfKey(allActions, owner)).toEqual(owner)
      expect([...rightsOfKey(['user:write', 'no:such'], owner)]).toEqual(owner.has('user:write') ? ['user:write'] : [])
    }
  })
})

test.each([
  [['datagrid_administrator', 'none'], [], 'There is no policy none.'],
  [['ampiq_user'], ['toString'], 'There is no option toString.'],
  [['constructor'], [], 'There is no policy constructor.'],
  [[], [], 'A user needs at least one policy.'],
])('policies %j with options %j are refused: %s', (given, chosen, message) => {
  expect(() => readGrants({ policies: given, options: chosen })).toThrow(message)
})
