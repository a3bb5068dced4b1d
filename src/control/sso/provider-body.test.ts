import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type OptionKey, options, type PolicyKey, policies, rightsOf } from '../../access/policies.ts'
import { mappedGrants, rightsGiven } from './provider-body.ts'

const policyKeys = fc.uniqueArray(fc.constantFrom(...(Object.keys(policies) as PolicyKey[])), { maxLength: 3 })
const optionKeys = fc.uniqueArray(fc.constantFrom(...(Object.keys(options) as OptionKey[])), { maxLength: 3 })
const group = fc.constantFrom('a', 'b', 'c', 'd')
const settings = fc.record({
  mappings: fc.array(fc.record({ group, policies: policyKeys, options: optionKeys }), { maxLength: 6 }),
  default_policies: policyKeys,
})

test('whatever the groups, nobody gets a right that who saved the mappings was not asked for', () => {
  fc.assert(
    fc.property(settings, fc.uniqueArray(group), (given, groups) => {
      const asked = rightsGiven(given)
      const gets = rightsOf(mappedGrants(given, groups))
      expect([...gets].filter((right) => !asked.has(right))).toEqual([])
    }),
  )
})

test('a group that takes something away does so whatever other groups give', () => {
  fc.assert(
    fc.property(settings, fc.uniqueArray(group), (given, groups) => {
      const mappings = [...given.mappings, { group: 'restricted', policies: [], options: ['restrict_pii' as const] }]
      const gets = rightsOf(mappedGrants({ ...given, mappings }, [...groups, 'restricted']))
      expect([gets.has('pii:read'), gets.has('pii:send')]).toEqual([false, false])
    }),
  )
})
