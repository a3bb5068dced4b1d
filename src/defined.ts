import { Problem } from './problem.ts'

/** What a project defines under a key. `others`: keys that would do as well. Throws `config.unknown_object`. */
export function defined<T>(all: ReadonlyMap<string, T>, noun: string, key: string, others: readonly string[] = []): T {
  const found = all.get(key)
  if (found === undefined) throw notDefined(noun, key, [...all.keys(), ...others])
  return found
}

/** A name that nothing in a project has; `known` are those there are. */
export function notDefined(noun: string, name: string, known: readonly string[]): Problem {
  return new Problem('config.unknown_object', {
    message: `deskside.yml defines no ${noun} "${name}".`,
    fix: known.length === 0 ? `Define the ${noun} in deskside.yml.` : `Use one of: ${known.join(', ')}.`,
  })
}
