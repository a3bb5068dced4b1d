/** Why a `${VAR}` has no value. */
export interface MissingVariable {
  name: string
  why: 'not set' | 'set but empty'
}

interface Expansion {
  /** The text with its variables replaced; what is missing is left out. */
  text: string
  /** Whether any part came from a variable. */
  fromVariable: boolean
  missing: MissingVariable[]
  /** `${...}` that names no variable, as written. */
  malformed: string[]
}

const reference = /\$\$\{|\$\{([^}]*)\}|\$\{/g
const legalName = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Replaces `${VAR}` anywhere in a text; `$${` gives a literal `${`. Values are not expanded again. A text that is nothing but one
 * variable with an empty value counts as missing: an untouched copy of `.env.example` is the usual cause.
 */
export function expandVariables(written: string, lookUp: (name: string) => string | undefined): Expansion {
  const expansion: Expansion = { text: '', fromVariable: false, missing: [], malformed: [] }
  expansion.text = written.replace(reference, (match: string, name: string | undefined) => {
    if (match === '$${') return '${'
    if (name === undefined || !legalName.test(name)) {
      expansion.malformed.push(match)
      return ''
    }
    expansion.fromVariable = true
    const value = lookUp(name)
    if (value === undefined) expansion.missing.push({ name, why: 'not set' })
    else if (value === '' && match === written) expansion.missing.push({ name, why: 'set but empty' })
    return value ?? ''
  })
  return expansion
}
