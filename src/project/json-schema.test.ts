import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { projectJsonSchema } from './json-schema.ts'

it('schema/deskside.schema.json is up to date (else: node scripts/generate-schema.ts)', async () => {
  const committed = await readFile(new URL('../../schema/deskside.schema.json', import.meta.url), 'utf8')
  expect(committed).toBe(projectJsonSchema())
})

it('lets variables pass where a pattern would mark them, and only there', () => {
  const schema = JSON.parse(projectJsonSchema())
  const destination = schema.properties.destinations
  const subdomain = new RegExp(destination.additionalProperties.properties.subdomain.pattern)
  expect(['acme', 'Acme-1', `\${SUBDOMAIN}`, 'acme.x', ''].map((text) => subdomain.test(text))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
  expect(new RegExp(destination.propertyNames.pattern).test(`\${KEY}`)).toBe(false)
})
