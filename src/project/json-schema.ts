import { z } from 'zod'
import { projectFile } from './schema.ts'

/** Longest line that the project's formatter leaves on one line. */
const lineWidth = 120

/**
 * Text of the JSON Schema (draft 7, which editors know best) of deskside.yml, made from the schemas that check it. Patterns also let
 * `${VAR}` pass, because an editor sees the file before its variables are expanded.
 */
export function projectJsonSchema(): string {
  const schema = z.toJSONSchema(projectFile, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema, path }) => {
      // What says so when the file is checked knows the places of its mistakes, and editors do not know it.
      if (path.length === 0) jsonSchema.allOf = [{ oneOf: [{ required: ['database'] }, { required: ['databases'] }] }]
      // Keys are never expanded.
      if (path.at(-1) === 'propertyNames') return
      if (jsonSchema.type === 'string' && jsonSchema.pattern !== undefined)
        jsonSchema.pattern = `(?:${jsonSchema.pattern})|\\$\\{`
      if (jsonSchema.format === 'uri') delete jsonSchema.format
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  })
  const { $schema, ...rest } = schema
  return format({ $schema, title: 'Deskside project (deskside.yml)', ...rest })
}

/** JSON as the project's formatter writes it: lists of plain values on one line where they fit. */
function format(schema: object): string {
  const text = JSON.stringify(schema, null, 2).replace(
    /^(.*)\[\n([^[\]{}]*?)\n\s*\]/gm,
    (whole, start: string, items: string) => {
      const line = `${start}[${items
        .split('\n')
        .map((item) => item.trim())
        .join(' ')}]`
      return line.length <= lineWidth - 1 ? line : whole
    },
  )
  return `${text}\n`
}
