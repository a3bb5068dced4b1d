import { literal } from '../sql-text.ts'
import type { Edit } from './duckdb-edits.ts'
import { fromJoda, fromMysql } from './trino-format.ts'
import {
  extractFields,
  formats,
  macroPrefix,
  macros,
  operatorMacros,
  renames,
  timezoneMacro,
  unitNames,
  units,
  unsupported,
} from './trino-table.ts'

/** A node of DuckDB's syntax tree. */
interface Node {
  [key: string]: unknown
}

/** A call of a macro in a user's text, by which an error inside the macro is given a place. */
export interface MacroCall {
  /** Name of the macro, as DuckDB knows it. */
  macro: string
  /** Byte offset in the user's text. */
  at: number
}

/** What a user's text needs to mean in DuckDB what it means in Trino. */
export interface Translation {
  edits: Edit[]
  calls: MacroCall[]
}

/** Something in a text that has no translation. */
export class TranslationError extends Error {
  readonly at: number
  readonly fix: string | undefined

  constructor(sentence: string, at: number, fix?: string) {
    super(sentence)
    this.at = at
    this.fix = fix
  }
}

const definitions = new Map<string, string[]>()
const arities = new Set<string>()
for (const definition of [...macros, ...operatorMacros, timezoneMacro]) {
  const [, name = '', parameters = ''] = /^"?([^"(]+)"?\(([^)]*)\)/.exec(definition) ?? []
  const isFunction = macros.includes(definition)
  const key = isFunction ? `${macroPrefix}${name}` : name
  definitions.set(key, [...(definitions.get(key) ?? []), definition.slice(definition.indexOf('('))])
  if (isFunction) arities.add(`${name}/${parameters === '' ? 0 : parameters.split(',').length}`)
}

/** The statement that makes a macro. */
export function macroStatement(macro: string): string {
  return `CREATE MACRO "${macro}"${definitions.get(macro)!.join(', ')}`
}

/** Every macro there is. */
export const macroNames: readonly string[] = [...definitions.keys()]

/** No statement that makes a macro is longer: an offset below it in a statement that begins with as many blanks is one of a macro. */
export const macroBytes = Math.max(...macroNames.map((name) => Buffer.byteLength(macroStatement(name))))

/** Names of functions that Trino has, for suggestions. */
export const trinoNames: readonly string[] = [
  ...new Set([...arities, ...Object.keys(renames)].map((key) => key.split('/')[0]!)),
]

const targets = Map.groupBy(
  [
    ...Object.entries(renames).map(([key, target]) => ({ name: key.split('/')[0]!, target })),
    ...macroNames
      .filter((name) => name.startsWith(macroPrefix))
      .map((target) => ({ name: target.slice(macroPrefix.length), target })),
  ],
  ({ name }) => name,
)

/** What a function of a text may be in DuckDB, whichever arguments it has: itself, another one, or a macro. */
export function targetsOf(name: string): string[] {
  return targets.get(name)?.map(({ target }) => target) ?? [name]
}

/** Puts what DuckDB says of our macros and operators into the words of the text. */
export function inTrinoWords(message: string): string {
  return message
    .replace(new RegExp(`${macroPrefix}\\w+`, 'g'), (name) =>
      definitions.has(name) ? name.slice(macroPrefix.length) : name,
    )
    .replace(/([+-])[!@~](?=\()/g, '$1')
}

/** Of those functions that take any number in Trino. */
const maxArguments = 12

/** A text of a format that is longer is none. */
const maxFormatBytes = 1_000

const plusMinus = new Set(['+', '-'])

/** Collects the translation of one text while its tree is walked. `bytes` are those of the text. */
export class TrinoTranslator {
  readonly #bytes: Buffer
  readonly #edits: Edit[] = []
  readonly #calls: MacroCall[] = []

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  done(): Translation {
    // The grammar repeats parts of a text, such as x in CASE x WHEN 1 ... WHEN 2 ...: each place counts once.
    const edits = new Map(this.#edits.map((edit) => [edit.at, edit]))
    const calls = new Map(this.#calls.map((call) => [`${call.macro} ${call.at}`, call]))
    return { edits: [...edits.values()].sort((a, b) => a.at - b.at), calls: [...calls.values()] }
  }

  /** Looks at one call of a function; its arguments come in calls of their own. */
  call(node: Node): void {
    const name = String(node.function_name).toLowerCase()
    const children = (node.children ?? []) as Node[]
    const at = Number(node.query_location)
    if (node.is_operator === true) this.#operator(node, name, children, at)
    else if (String(node.schema ?? '') === 'main') this.#syntax(name, children)
    else if (!node.schema && !node.catalog) this.#function(name, children, at)
  }

  /** What the grammar itself makes a function of: EXTRACT and AT TIME ZONE. */
  #syntax(name: string, children: readonly Node[]): void {
    if (name === 'date_part') {
      const field = own(extractFields, textOf(children[0])?.toLowerCase() ?? '')
      if (field !== undefined) this.#replaceWord(Number(children[0]!.query_location), field)
    }
    if (name === 'timezone') this.#calls.push({ macro: 'timezone', at: Number(children[1]?.query_location) })
  }

  #function(name: string, children: readonly Node[], at: number): void {
    const key = `${name}/${children.length}`
    if (name.startsWith(macroPrefix)) throw new TranslationError(`There is no function ${name}.`, at)
    const missing = own(unsupported, key) ?? own(unsupported, name)
    if (missing !== undefined) throw new TranslationError(`${name} is not supported.`, at, capital(missing))
    if (units.has(key)) assertUnit(name, children[0]!)
    const format = own(formats, name)
    if (format !== undefined && children.length === 2) this.#format(name, children[1]!, format)
    if (key === 'approx_distinct/1') {
      const open = /^\s*\(/.exec(this.#written(at + name.length, 100))
      this.#assertName(name, at)
      if (open) this.#edits.push({ at, length: name.length + Buffer.byteLength(open[0]), text: 'count(DISTINCT ' })
      return
    }
    if (name === 'format') {
      // Java's letters; a format with braces is one of DuckDB.
      if (textOf(children[0])?.includes('%')) this.#rename(name, at, 'printf')
      return
    }
    if (/^(concat|greatest|least)$/.test(name) && children.length > maxArguments) {
      throw new TranslationError(
        `${name} takes up to ${maxArguments} arguments.`,
        at,
        'Put some of them into a call of their own.',
      )
    }
    if (/^(md5|sha1|sha256)$/.test(name) && !isBinary(children[0])) return
    const target = own(renames, key) ?? own(renames, name)
    if (target !== undefined) this.#rename(name, at, target)
    else if (arities.has(key)) {
      this.#rename(name, at, `${macroPrefix}${name}`)
      this.#calls.push({ macro: `${macroPrefix}${name}`, at })
    }
  }

  #operator(node: Node, name: string, children: readonly Node[], at: number): void {
    const [left, right] = children
    if (!left || !right || !/^[-+/%]$/.test(name)) return
    if (this.#written(at, 1) !== name)
      throw new TranslationError(`The operator ${name} must stand between its sides.`, at)
    if (name === '/' && !isInterval(left)) this.#edits.push({ at, length: 1, text: '// ' })
    if ((name === '/' && !isInterval(left)) || name === '%') {
      if (!isNonZero(right)) this.#calls.push({ macro: name === '/' ? '//' : name, at })
    }
    if (!plusMinus.has(name)) return
    const sign = signOf(node)
    if (sign === '') return
    this.#edits.push({ at, length: 1, text: `${name}${sign} ` })
    this.#calls.push({ macro: `${name}${sign}`, at })
  }

  #format(name: string, argument: Node, letters: 'mysql' | 'joda'): void {
    const format = textOf(argument)
    const at = Number(argument.query_location)
    const quoted = /^'(?:[^']|'')*'/.exec(this.#written(at, maxFormatBytes))
    if (format === null || !quoted) {
      throw new TranslationError(`The format of ${name} must be a text in place, such as '%Y-%m-%d'.`, at)
    }
    const translated = letters === 'mysql' ? fromMysql(format) : fromJoda(format)
    if (typeof translated !== 'string') throw new TranslationError(translated.mistake, at)
    this.#edits.push({ at, length: Buffer.byteLength(quoted[0]), text: literal(translated) })
  }

  #assertName(name: string, at: number): void {
    if (this.#written(at, Buffer.byteLength(name)).toLowerCase() === name) return
    throw new TranslationError(`${name} must be called as ${name}(...), without quotes.`, at)
  }

  #rename(name: string, at: number, target: string): void {
    if (name === target) return
    this.#assertName(name, at)
    this.#edits.push({ at, length: name.length, text: target })
  }

  #written(at: number, bytes: number): string {
    return this.#bytes.subarray(at, at + bytes).toString('utf8')
  }

  #replaceWord(at: number, text: string): void {
    const word = /^'?\w+'?/.exec(this.#written(at, 40))
    if (word) this.#edits.push({ at, length: word[0].length, text })
  }
}

/** A user's name may be `constructor`. */
function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

function capital(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`
}

/** The text of a constant. */
function textOf(node: Node | undefined): string | null {
  const constant = node?.value as { value?: unknown; type?: { id?: string } } | undefined
  return node?.class === 'CONSTANT' && constant?.type?.id === 'VARCHAR' ? String(constant.value ?? '') : null
}

function assertUnit(name: string, unit: Node): void {
  const text = textOf(unit)
  if (text === null || unitNames.has(text.toLowerCase())) return
  const fix = `Write one of ${[...unitNames].join(', ')}.`
  throw new TranslationError(`${name} does not know the unit '${text}'.`, Number(unit.query_location), fix)
}

function nameOf(node: Node | undefined): string {
  return node?.class === 'FUNCTION' ? String(node.function_name).toLowerCase() : ''
}

function childrenOf(node: Node): Node[] {
  return (node.children ?? []) as Node[]
}

/** Whether an expression is an interval as far as its form tells; a column may be one too, but files have none. */
function isInterval(node: Node): boolean {
  if (node.class === 'CAST') return (node.cast_type as { id?: string } | undefined)?.id === 'INTERVAL'
  const name = nameOf(node)
  if (/^to_(years|quarters|months|weeks|days|hours|minutes|seconds|milliseconds|microseconds)$/.test(name)) return true
  if (node.is_operator !== true) return false
  const [left, right] = childrenOf(node)
  if (name === '*') return [left, right].some((one) => one !== undefined && isInterval(one))
  if (name === '/') return left !== undefined && isInterval(left)
  return plusMinus.has(name) && [left, right].every((one) => one === undefined || isInterval(one))
}

/** Which of the operators beside `+` and `-` a node needs: `!`, `@`, `~` or none. */
function signOf(node: Node): string {
  const [left, right] = childrenOf(node)
  if (!left || !right) return ''
  if (isInterval(right)) return isInterval(left) ? (hasSign(left) ? '~' : '') : '!'
  if (isInterval(left)) return nameOf(node) === '+' ? '@' : ''
  return hasSign(left) ? '~' : ''
}

/** These operators bind less than `+`: what stands on the right of one at the same level must bind as little. */
function hasSign(node: Node): boolean {
  return node.is_operator === true && plusMinus.has(nameOf(node)) && signOf(node) !== ''
}

function isNonZero(node: Node): boolean {
  const constant = (node.value as { value?: unknown; is_null?: boolean } | undefined) ?? {}
  return node.class === 'CONSTANT' && typeof constant.value === 'number' && constant.value !== 0
}

/** Whether an expression is binary as far as its form tells: then a digest is binary too, as in Trino. */
function isBinary(node: Node | undefined): boolean {
  if (node?.class === 'CAST') return (node.cast_type as { id?: string } | undefined)?.id === 'BLOB'
  return (
    /^(to_utf8|encode|from_hex|unhex|from_base64)$/.test(nameOf(node)) ||
    (/^(md5|sha1|sha256)$/.test(nameOf(node)) && isBinary(childrenOf(node!)[0]))
  )
}
