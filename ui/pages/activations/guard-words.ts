import { figure } from '../../parts/values.tsx'
import type { Schema } from './maps.ts'
import { valueAt } from './objects.ts'

const words: Record<string, (bound: number) => string> = {
  max_changed_percent: (bound) => `more than ${figure(bound)} % of the people delivered before would change`,
  max_created: (bound) => `more than ${figure(bound)} people would be created`,
  max_cleared: (bound) => `more than ${figure(bound)} values would be emptied`,
  max_exits_percent: (bound) => `more than ${figure(bound)} % of its people would leave`,
}

/** At what a destination stops a run, in words: what it says itself, and otherwise the defaults of its plugin. */
export function guardsOf(body: { [key: string]: unknown }, settings: { [key: string]: unknown }): string[] {
  const { properties } = (settings as Schema).properties?.guards ?? {}
  const boundOf = (name: string) => valueAt(body, `guards.${name}`) ?? properties?.[name]?.default
  const bounds = Object.entries(words).flatMap(([name, wordsOf]) => {
    const bound = boundOf(name)
    return typeof bound === 'number' ? [wordsOf(bound)] : []
  })
  return boundOf('empty_source') === 'stop' ? ['the result has no rows', ...bounds] : bounds
}
