import { z } from 'zod'
import { zendeskCredential, zendeskSettings } from '../destination/zendesk/settings.ts'
import type { Json } from '../problem.ts'

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
    credential: schemaOf(zendeskCredential),
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
