import type { FoundPerson } from '../../api/operations.ts'
import { HIDDEN } from '../../parts/hidden.ts'
import { counted, figure } from '../../parts/values.tsx'

/** By what the page of a person finds them; where that is hidden, what was looked for is their external_id. */
export function keyOf({ external_id: id, emails }: Pick<FoundPerson, 'external_id' | 'emails'>, text: string): string {
  const known = id ?? emails.at(-1) ?? HIDDEN
  return known === HIDDEN ? text : known
}

/** How many are shown, and whether that is everybody. */
export function foundText(shown: number, hasMore: boolean): string {
  if (shown === 0) return 'Nobody found.'
  return hasMore ? `The first ${figure(shown)}; there are more.` : `${counted(shown, 'person', 'people')} found.`
}
