import { z } from 'zod'
import { fieldTitleOf, typeNameOf } from '../control/hand-over-form.ts'
import { zendeskCredential, zendeskSettings } from '../destination/zendesk/settings.ts'
import type { Json } from '../problem.ts'
import { secretFields } from '../project/stored.ts'

/** A kind of destination, and what is to be filled in for one. */
interface Plugin {
  key: string
  name: string
  description: string
  /** JSON Schemas (2020-12). */
  settings: { [key: string]: Json }
  credential: { [key: string]: Json }
}

const known: readonly Plugin[] = [
  {
    key: 'zendesk',
    name: 'Zendesk',
    description: 'People of a Zendesk account: users with their fields, tags, addresses and organizations.',
    settings: schemaOf(zendeskSettings),
    credential: { oneOf: zendeskCredential.options.map(credentialType) },
  },
]

/** Plugins whose name or description has this text in it, in any case. */
export function plugins(text: string): Plugin[] {
  const wanted = text.toLowerCase()
  return known.filter(({ key, name, description }) => `${key} ${name} ${description}`.toLowerCase().includes(wanted))
}

function schemaOf(schema: z.ZodType): { [key: string]: Json } {
  return JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input' }))) as { [key: string]: Json }
}

/** One type of credential: what people call it and its fields, and which of them are secrets. */
function credentialType(schema: (typeof zendeskCredential.options)[number]): { [key: string]: Json } {
  const type = schema.shape.type.value
  const secrets = secretFields(type)
  const { properties, ...rest } = schemaOf(schema) as { properties: { [field: string]: { [key: string]: Json } } }
  const named = Object.entries(properties).map(([field, property]) => {
    const title = fieldTitleOf(field)
    return [
      field,
      { ...property, ...(title !== null && { title }), ...(secrets.includes(field) && { writeOnly: true }) },
    ]
  })
  return { title: typeNameOf(type), ...rest, properties: Object.fromEntries(named) as { [key: string]: Json } }
}
