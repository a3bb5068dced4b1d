import { Problem } from '../problem.ts'

/** What both databases may say of a statement, as `Problem`s: whoever calls the store sees the same ones. */

export function taken(cause: unknown): Problem {
  return new Problem('store.conflict', { message: 'Something with this key or id is there already.', cause })
}

export function missingOwner(cause: unknown): Problem {
  return new Problem('store.not_found', { message: 'What this would belong to is not there (any more).', cause })
}

export function notFound(kind: string, key: string): Problem {
  return new Problem('store.not_found', { message: `There is no ${kind} "${key}".`, data: { kind, key } })
}

/** PostgreSQL has no text with U+0000, so the store has none. Throws `api.invalid`. */
export function checkTexts(parameters: readonly unknown[]): void {
  if (!parameters.some((one) => typeof one === 'string' && one.includes('\0'))) return
  throw new Problem('api.invalid', { message: 'A text holds the character U+0000, which cannot be stored.' })
}
