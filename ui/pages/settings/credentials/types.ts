export interface CredentialField {
  name: string
  title: string
  isSecret: boolean
  isRequired: boolean
}

export interface CredentialType {
  type: string
  title: string
  /** Without name and description, which every credential has. */
  fields: CredentialField[]
}

interface Schema {
  title?: string
  oneOf?: Schema[]
  properties?: Record<string, { title?: string; writeOnly?: boolean; const?: unknown }>
  required?: string[]
}

/** The types of credentials of all plugins, read from the JSON Schemas of the API. */
export function credentialTypes(plugins: readonly { credential: unknown }[]): CredentialType[] {
  return plugins.flatMap(({ credential }) => {
    const schema = credential as Schema
    return (schema.oneOf ?? [schema]).map(typeOf)
  })
}

function typeOf({ title, properties = {}, required = [] }: Schema): CredentialType {
  const type = String(properties.type?.const ?? '')
  const fields = Object.entries(properties)
    .filter(([name]) => !['type', 'name', 'description'].includes(name))
    .map(([name, field]) => ({
      name,
      title: field.title ?? name,
      isSecret: field.writeOnly === true,
      isRequired: required.includes(name),
    }))
  return { type, title: title ?? type, fields }
}
