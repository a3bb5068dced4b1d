import { expect, test } from 'vitest'
import { loadProject } from './load.ts'
import { listed, useTestProject } from './test-project.ts'

const project = useTestProject()

const yaml = (fields: string) => `name: shop
database: { tables: {} }
credentials: { z: { type: zendesk, email: a@example.com, api_token: x } }
destinations:
  zendesk:
    plugin: zendesk
    credential: z
    subdomain: shop
    user_fields:
${fields
  .split('\n')
  .map((line) => `      ${line}`)
  .join('\n')}
`

test('every type of field is understood', async () => {
  const fields = [
    'a: { type: text, title: A, description: "", active: false }',
    'b: { type: checkbox, title: B, tag: b }',
    'c: { type: regexp, title: C, pattern: x }',
    'd: { type: dropdown, title: D, options: { 2024: Year } }',
    'e: { type: multiselect, title: E, options: { x: X } }',
    'f: { type: lookup, title: F, relationship_target_type: "zen:custom_object:car" }',
    ...['textarea', 'date', 'integer', 'decimal'].map((type) => `${type}_1: { type: ${type}, title: T }`),
  ]
  await project.write('deskside.yml', yaml(fields.join('\n')))
  const { destinations } = await loadProject(project.dir(), {})
  const declared = destinations.get('zendesk')!.user_fields!
  expect(Object.keys(declared)).toHaveLength(10)
  expect(declared.a).toEqual({ type: 'text', title: 'A', description: '', active: false })
  expect(declared.d).toEqual({ type: 'dropdown', title: 'D', active: true, options: { 2024: 'Year' } })
})

test.each([
  ['a: { type: text }', /^10:\d+ .*a\.title: is missing: it must be text/],
  ['a: { title: A }', /^10:\d+ .*a\.type: is missing/],
  ['a: { type: colour, title: A }', /^10:\d+ .*a\.type: must be .*`dropdown`.*\(not "colour"\)/],
  [
    'a: { type: text, title: A, options: { x: X } }',
    /^10:\d+ .*a\.options: is not a legal key\. Legal here: type, title/,
  ],
  ['a: { type: text, titl: A, title: A }', /titl: is not a legal key; did you mean `title`\?/],
  ['a: { type: dropdown, title: A }', /a\.options: is missing/],
  ['a: { type: dropdown, title: A, options: {} }', /a\.options: must have at least one option/],
  ['a: { type: dropdown, title: A, options: { x: 1 } }', /a\.options\.x: must be text \(not 1\); put it in quotes/],
  ['a: { type: dropdown, title: A, options: { "x y": X } }', /is not a legal name: it must be the value of an option/],
  ['a: { type: regexp, title: A }', /a\.pattern: is missing/],
  ['a: { type: lookup, title: A, relationship_target_type: user }', /must be zen:user, zen:organization/],
  ['a: { type: text, title: " A" }', /a\.title: must not begin or end with a blank/],
  ['a: { type: checkbox, title: A, tag: "a b" }', /a\.tag: must be a tag/],
  ['a-b: { type: text, title: A }', /is not a legal name: it must be letters, digits and underscores/],
  ['123: { type: text, title: A }', /is not a legal name: it must be letters, digits and underscores, and not digits/],
])('%s is a mistake with its place', async (field, words) => {
  const problem = await project.refusal(yaml(field))
  expect(problem.code).toBe('config.invalid')
  expect(listed(problem).join('\n')).toMatch(words)
  expect(listed(problem)[0]).toMatch(/^10:/)
})
