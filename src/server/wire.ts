import { z } from 'zod'
import { type Action, actions } from '../access/authorize.ts'
import type { Defined } from '../control/control.ts'
import type { Json } from '../problem.ts'
import type { PageRequest } from '../store/store.ts'
import { definitionKinds, triggers, workflowStates } from '../store/store.ts'

/**
 * What crosses the wire: snake_case, times in UTC as ISO 8601. The schemas check requests and answers and make the reference of the API.
 */

/** Any JSON: a body was parsed from it and an answer becomes it, so there is nothing to check. */
export const json = z.unknown() as unknown as z.ZodType<Json, Json>
export const jsonObject = z.record(z.string(), json)

export const text = z.string().min(1).max(1_000)
export const keyText = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
    'must start with a letter and go on with letters, digits, _ or -, at most 64 in all',
  )

/** Of a path: names one object. Whether it can be the key of anything is for whoever looks it up. */
export const byKey = z.object({ key: z.string().min(1).max(320) })
export const byId = z.object({ id: z.string().min(1).max(320) })

/** One value or several (`?state=waiting&state=running`). */
export function several<T extends z.ZodType>(item: T) {
  return z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item).max(100).optional(),
  )
}

export const flag = z
  .enum(['true', 'false'])
  .optional()
  .transform((value) => value === 'true')

export const moment = z.iso.datetime({ message: 'must be a UTC time such as 2026-01-31T12:00:00Z' })

const pageShape = {
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('How many at most.'),
  cursor: z.string().min(1).max(1_000).optional().describe('`next` of the page before.'),
}

/** The query of a list that is read page by page, beside its filters. */
export function paged<S extends z.core.$ZodLooseShape>(filters: S) {
  return z.strictObject({ ...filters, ...pageShape })
}

export function pageOf({ limit, cursor }: { limit: number; cursor?: string | undefined }): PageRequest {
  return { limit, cursor: cursor ?? null }
}

/** A page of a list. */
export function page<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().describe('`cursor` of the next page; null at the end.'),
  })
}

export const iso = (at: Date): string => at.toISOString()
export const isoOrNull = (at: Date | null): string | null => at?.toISOString() ?? null

export const workflowState = z.enum(workflowStates)
export const trigger = z.enum(triggers)
export const actionName = z.enum(Object.keys(actions) as [Action, ...Action[]])

// ---- definitions ------------------------------------------------------------------------------------------------------------

export const definition = z
  .object({
    kind: z.enum(definitionKinds),
    key: z.string(),
    source: z.enum(['git', 'ui']).describe('Objects from git are changed by `deskside apply` only.'),
    body: jsonObject.describe('As in deskside.yml, without secrets.'),
    version: z.int(),
    created_at: z.string(),
    updated_at: z.string(),
    updated_by: z.string(),
    secrets: z.array(z.string()).describe('Names of the secrets that are set; nobody can read them.'),
    used_by: z.array(z.string()).describe('`<kind>/<key>` of the objects that use it.'),
    status: jsonObject,
  })
  .meta({ id: 'Definition', description: 'An object that somebody has defined.' })

export function definitionWire(defined: Defined): z.output<typeof definition> {
  const { kind, key, source, body, version, secrets, status } = defined
  return {
    kind,
    key,
    source,
    body,
    version,
    created_at: iso(defined.createdAt),
    updated_at: iso(defined.updatedAt),
    updated_by: defined.updatedBy,
    secrets,
    used_by: defined.usedBy,
    status,
  }
}

const definitionBody = jsonObject.describe(
  'As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.',
)
export const newDefinition = z.strictObject({
  key: keyText.optional().describe('Made of the name where it is not given.'),
  body: definitionBody,
})
export const changedDefinition = z.strictObject({ body: definitionBody })
export const copyOf = z.strictObject({ key: keyText.optional(), name: text })

export const problemOnWire = z.object({ code: z.string(), message: z.string(), fix: z.string() })

export const stage = z
  .object({
    stage: z.string(),
    title: z.string(),
    outcome: z.enum(['ok', 'note', 'failed']),
    detail: z.string(),
    problem: problemOnWire.nullable(),
  })
  .meta({ id: 'Stage', description: 'One stage of a connection test.' })
