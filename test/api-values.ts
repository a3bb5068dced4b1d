import fc from 'fast-check'

// biome-ignore lint/suspicious/noExplicitAny: JSON Schemas and OpenAPI documents have any shape
export type Schema = Record<string, any>

interface ValueParts {
  document: Schema
  /** Objects of which a schema says no more than that, by the first part of the path. */
  bodies: Readonly<Record<string, readonly Schema[]>>
  /** By the name of the parameter or field: values that mean something, which chance would never find. */
  meaningful: Readonly<Record<string, () => readonly unknown[]>>
}

/** Values that the schemas of an OpenAPI document allow, and such as they do not. `part`: the first part of the path that they are for. */
export class ApiValues {
  readonly #parts: ValueParts

  constructor(parts: ValueParts) {
    this.#parts = parts
  }

  /** Values that a schema of the document allows. */
  valid(schema: Schema, part: string): fc.Arbitrary<unknown> {
    if (schema.$ref !== undefined)
      return this.valid(this.#parts.document.components.schemas[schema.$ref.split('/').at(-1)], part)
    if (schema.const !== undefined) return fc.constant(schema.const)
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
    const choices = schema.anyOf ?? schema.oneOf
    if (choices !== undefined) return fc.oneof(...choices.map((one: Schema) => this.valid(one, part)))
    if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => this.valid({ ...schema, type }, part)))
    switch (schema.type) {
      case 'string':
        return textOf(schema)
      case 'integer':
        return fc.integer({ min: schema.minimum ?? -5, max: Math.min(schema.maximum ?? 1_000, 1_000) })
      case 'number':
        return fc.double({ noNaN: true })
      case 'boolean':
        return fc.boolean()
      case 'null':
        return fc.constant(null)
      case 'array':
        return fc.array(this.valid(schema.items ?? {}, part), { minLength: schema.minItems ?? 0, maxLength: 3 })
      case 'object':
        return this.#objectOf(schema, part)
      default:
        return fc.jsonValue({ maxDepth: 1 })
    }
  }

  #objectOf({ properties = {}, required = [], additionalProperties }: Schema, part: string): fc.Arbitrary<object> {
    if (Object.keys(properties).length === 0 && additionalProperties !== false)
      return fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(...(this.#parts.bodies[part] ?? [{}])) },
        { weight: 1, arbitrary: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }) },
      )
    const parts = Object.entries(properties as Record<string, Schema>).map(
      ([name, one]) => [name, this.withMeaning(name, this.valid(one, part))] as const,
    )
    return fc.record(Object.fromEntries(parts), { requiredKeys: required })
  }

  /** A value of this name: mostly one that means something. */
  withMeaning(name: string, chance: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
    const values = this.#parts.meaningful[name]?.() ?? []
    return values.length === 0 ? chance : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, chance)
  }

  /** A value of a schema, or mostly something that is none. */
  #broken(schema: Schema, part: string): fc.Arbitrary<unknown> {
    const one = this.valid(schema, part)
    return fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(null, '', '\0', -1, 1e300, [], {}, 'x'.repeat(2_000), '\u{d800}'),
      one.map((value) => (typeof value === 'object' && value !== null ? { ...value, unknown: 1 } : [value])),
      one.map((value) => {
        if (typeof value !== 'object' || value === null) return value
        const [first] = Object.keys(value)
        return first === undefined ? 0 : { ...value, [first]: { broken: true } }
      }),
    )
  }

  /** Mostly as the document says, sometimes not. */
  mostly(schema: Schema, part: string): fc.Arbitrary<unknown> {
    return fc.oneof(
      { weight: 5, arbitrary: this.valid(schema, part) },
      { weight: 1, arbitrary: this.#broken(schema, part) },
    )
  }
}

function textOf({ pattern, format, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time')
    return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString())
  if (pattern === undefined) return fc.string({ minLength, maxLength: Math.min(maxLength, 60), unit: 'grapheme' })
  if (pattern.startsWith('^"')) return fc.constant('"1"')
  return fc.stringMatching(new RegExp(pattern)).map((text) => text.slice(0, maxLength))
}
