import { expect, test } from 'vitest'
import { credentialTypes } from './types.ts'

const oauth = {
  title: 'OAuth client',
  properties: {
    type: { const: 'oauth' },
    name: {},
    client_id: { title: 'Client id' },
    client_secret: { title: 'Secret', writeOnly: true },
    scope: {},
  },
  required: ['type', 'client_id', 'client_secret'],
}
const read = {
  type: 'oauth',
  title: 'OAuth client',
  fields: [
    { name: 'client_id', title: 'Client id', isSecret: false, isRequired: true },
    { name: 'client_secret', title: 'Secret', isSecret: true, isRequired: true },
    { name: 'scope', title: 'scope', isSecret: false, isRequired: false },
  ],
}

test.each([
  ['several types', { oneOf: [oauth, { properties: { type: { const: 'plain' } } }] }, [read, plain()]],
  ['one type', oauth, [read]],
])('the types of a plugin are read from its schema: %s', (_, credential, types) => {
  expect(credentialTypes([{ credential }])).toEqual(types)
})

function plain() {
  return { type: 'plain', title: 'plain', fields: [] }
}
