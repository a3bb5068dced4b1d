import type { ShownProblem } from '../../../parts/problem-card.tsx'

/** Mistakes by field, such as `mappings.0.group`: of a request as a whole, and of a definition. */
export function mistakesOf(problem: ShownProblem | null | undefined): Record<string, string> {
  if (problem === null || problem === undefined) return {}
  const found: Record<string, string> = {}
  const definition = (problem as { problems?: unknown }).problems
  for (const { pointer, message } of problem.errors ?? []) {
    const field = pointer.replace(/^\/(?:body|query|path)(?:\/|$)/, '').replace(/^body\//, '')
    found[field.replaceAll('/', '.')] ??= sentence(message)
  }
  if (Array.isArray(definition))
    for (const { path, message } of definition as { path: string; message: string }[]) found[path] ??= sentence(message)
  return found
}

/** `must be a domain` -> `It must be a domain.`, `expected string, received undefined` -> `This is missing.` */
function sentence(message: string): string {
  if (/received undefined$|^is missing$|^Too small: expected string to have >=1/i.test(message))
    return 'This is missing.'
  const text = /^(?:is|must|has|holds|names|comes|may|cannot)\b/.test(message) ? `It ${message}` : message
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?]$/.test(text) ? '' : '.'}`
}
