import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'

const tags = [
  { name: 'access', description: 'Signing in, users and policies, API keys, the activity log.' },
  { name: 'definitions', description: 'Everything that people define.' },
  { name: 'segments', description: 'Who would be sent: counts, SQL and rows.' },
  { name: 'workflows', description: 'Planning and running, and what comes of it.' },
  { name: 'proof', description: 'What became of what was sent, and taking it back.' },
  { name: 'groups', description: 'Groups of orchestrations, their schedules and signals.' },
  { name: 'notifications', description: 'Notifications and the channels they go through.' },
  { name: 'events', description: 'What happens, as it happens.' },
  { name: 'server', description: 'The server itself.' },
]

const description = `The API of a Deskside server. JSON in snake_case, times in UTC. Every refusal is \`application/problem+json\` (RFC 9457).
\`x-action\` is the scope that an API key needs. Edits and deletes need \`If-Match\` with the ETag of the object; a POST may carry
an \`Idempotency-Key\`. A session needs \`x-csrf-token\` for everything but reading.`

interface Document {
  paths?: Record<string, Record<string, { requestBody?: { required?: boolean; content?: Record<string, Media> } }>>
  components?: { schemas?: Record<string, unknown> }
}

interface Media {
  schema?: { default?: unknown }
}

/** A body with a default may be left out, and a schema that nothing names (all of them come also as those of requests) only confuses. */
function tidied(document: Document): ReturnType<NonNullable<FastifyDynamicSwaggerOptions['transformObject']>> {
  for (const operation of Object.values(document.paths ?? {}).flatMap((path) => Object.values(path))) {
    const schema = operation.requestBody?.content?.['application/json']?.schema
    if (operation.requestBody !== undefined && schema?.default !== undefined) operation.requestBody.required = false
  }
  const all = document.components?.schemas ?? {}
  const named = (value: unknown) =>
    [...JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? '')
  // A set may grow while it is walked.
  const used = new Set(named(document.paths ?? {}))
  for (const name of used) for (const further of named(all[name] ?? {})) used.add(further)
  const schemas = Object.entries(all).filter(([name]) => used.has(name))
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(schemas) } } as never
}

/** Registers the document, which is made of the schemas that check requests and answers, and its page at /api/docs. */
export async function documentApi(app: FastifyInstance, version: string): Promise<void> {
  const options: FastifyDynamicSwaggerOptions = {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Deskside', version, description },
      tags,
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'An API key.' },
          session: { type: 'apiKey', in: 'cookie', name: 'deskside_session' },
        },
      },
      security: [{ key: [] }, { session: [] }],
    },
    transform: jsonSchemaTransform as FastifyDynamicSwaggerOptions['transform'],
    transformObject: (document) => tidied(jsonSchemaTransformObject(document) as Document),
  }
  await app.register(swagger, options)
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    // The policy of every other page is strict enough for this one, and works over plain http.
    staticCSP: false,
    theme: { title: 'Deskside API' },
    // Without the bar on top: there is one document and no other to explore, and its logo has a style that the policy blocks.
    uiConfig: { layout: 'BaseLayout', deepLinking: true, displayOperationId: false, validatorUrl: null },
  })
}
