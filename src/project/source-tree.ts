import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument } from 'yaml'
import { unsetPostgresUrl } from '../engine/postgres-settings.ts'
import { expandVariables, type MissingVariable } from './variables.ts'

/** Where a value stands in deskside.yml: keys and list indexes from the root. */
export type Path = readonly (string | number)[]

/** Lines and columns count from 1. */
interface Position {
  line: number
  column: number
}

/** Whether a value at this path may be a secret, so that it is never shown and may be missing where nobody signs in. */
export function holdsSecrets(path: Path): boolean {
  return path[0] === 'credentials' || path[0] === 'sources'
}

/** One thing that is wrong with deskside.yml. */
export interface SourceProblem extends Position {
  file: string
  /** Dotted, empty for the whole file. */
  path: string
  /** A sentence without the path. Never shows a value that came from the environment. */
  message: string
}

export interface UnsetVariable extends MissingVariable {
  path: Path
  at: Position
}

/**
 * Stands in for a credential whose variable is not set, where that is allowed. It is an e-mail address of a domain that cannot
 * exist, so that it passes for every text of a credential and signs in nowhere.
 */
const unsetPlaceholder = 'unset@example.invalid'

/** More nodes or levels than any honest project has; ends aliases that contain themselves or multiply. */
const maxNodes = 20_000
const maxDepth = 20

/** deskside.yml as plain values with variables expanded, which still knows where each value stands and whence it came. */
export class SourceTree {
  readonly file: string
  readonly problems: SourceProblem[] = []
  readonly unset: UnsetVariable[] = []
  /** Plain value of the whole file. Undefined when the YAML cannot be read; then `problems` says why. */
  readonly value: unknown
  readonly #text: string
  readonly #lines = new LineCounter()
  readonly #lookUp: (name: string) => string | undefined
  readonly #keys = new Map<string, number>()
  readonly #values = new Map<string, number>()
  /** Texts as written, of the values that contain a variable. */
  readonly #written = new Map<string, string>()
  readonly #withoutValue = new Set<string>()
  #nodes = 0
  #tooBig = false

  constructor(file: string, text: string, lookUp: (name: string) => string | undefined) {
    this.file = file
    this.#text = text
    this.#lookUp = lookUp
    // Pretty errors quote lines of the file, which may hold a secret.
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false })
    for (const error of [...document.errors, ...document.warnings])
      this.#reportSyntax(error.code, error.message, error.pos[0])
    if (document.errors.some((error) => error.code !== 'DUPLICATE_KEY')) return
    if (document.contents === null)
      this.report([], 'is empty: `deskside init` in an empty folder shows what belongs here')
    else {
      const value = this.#read(document.contents, [], document)
      if (!this.#tooBig) this.value = value
    }
  }

  /** Adds a problem at a value, or at its key, or (for what is missing) at the nearest thing around it. */
  report(path: Path, message: string, at: 'key' | 'value' = 'value'): void {
    this.problems.push({ file: this.file, ...this.position(path, at), path: path.join('.'), message })
  }

  position(path: Path, at: 'key' | 'value' = 'value'): Position {
    const id = JSON.stringify(path)
    const own = at === 'value' ? this.#values.get(id) : undefined
    const offset = own ?? this.#keys.get(id) ?? this.#values.get(id)
    if (offset !== undefined) return this.#positionOf(offset)
    return path.length === 0 ? { line: 1, column: 1 } : this.position(path.slice(0, -1), 'key')
  }

  /** The plain value at a path, undefined where there is none. */
  at(path: Path): unknown {
    let value = this.value
    for (const key of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
      value = (value as Record<string | number, unknown>)[key]
    }
    return value
  }

  /** Keys of the map at a path; none when there is no map. */
  keys(path: Path): string[] {
    const value = this.at(path)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
  }

  /** Whether the variables of a value could not be replaced, which is reported; what else is wrong with it means nothing then. */
  hasNoValue(path: Path): boolean {
    return this.#withoutValue.has(JSON.stringify(path))
  }

  /** The text as written if the value contains a variable, else null: such a value is never shown. */
  written(path: Path): string | null {
    return this.#written.get(JSON.stringify(path)) ?? null
  }

  #positionOf(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset)
    return { line, column: col }
  }

  #reportSyntax(code: string, message: string, offset: number): void {
    const at = this.#positionOf(offset)
    // What follows a colon in the parser's messages is text of the file, which may be a secret.
    let text = message.replace(/(?<=\S): .*$/s, '')
    if (code === 'DUPLICATE_KEY') {
      const key = /^[\w.-]+|^"[^"\n]*"|^'[^'\n]*'/.exec(this.#text.slice(offset))?.[0] ?? 'key'
      text = `the key ${key} stands here twice`
    } else if (code === 'MULTIPLE_DOCS') {
      text = 'a second document starts here (`---`); one file holds one project'
    } else if (code === 'TAG_RESOLVE_FAILED') {
      // The tag itself may be a secret that starts with !.
      text = 'tags are not read; put text that starts with ! in quotes'
    } else if (code === 'BAD_DQ_ESCAPE') {
      text = 'Invalid escape sequence; between double quotes a backslash is written twice'
    } else if (code === 'UNEXPECTED_TOKEN' && this.#text.split('\n')[at.line - 1]?.includes('${')) {
      text = `${text}; inside { } a variable needs quotes: "\${VAR}"`
    }
    this.problems.push({ file: this.file, ...at, path: '', message: `cannot be read as YAML: ${text}` })
  }

  #read(node: unknown, path: Path, document: Document): unknown {
    const id = JSON.stringify(path)
    const start = (node as { range?: [number, number, number] | null } | null)?.range?.[0]
    // An alias stands where it is written, not where its anchor is.
    if (start !== undefined && !this.#values.has(id)) this.#values.set(id, start)
    if (this.#tooBig) return undefined
    this.#nodes += 1
    if (path.length > maxDepth || this.#nodes > maxNodes) {
      this.#tooBig = true
      this.report(path, 'is nested too deeply, or contains itself')
      return undefined
    }
    if (isAlias(node)) {
      const target = node.resolve(document)
      if (target !== undefined) return this.#read(target, path, document)
      // The name is not shown: it may be a secret that starts with *.
      this.report(path, 'is an alias, but its anchor does not stand before it; put text that starts with * in quotes')
      return undefined
    }
    if (isMap(node)) return this.#readMap(node.items as Pair[], path, document)
    if (isSeq(node)) return node.items.map((item, index) => this.#read(item, [...path, index], document))
    if (!isScalar(node)) return null
    return typeof node.value === 'string' ? this.#expand(node.value, path, id) : node.value
  }

  #readMap(pairs: readonly Pair[], path: Path, document: Document): Record<string, unknown> {
    const map: Record<string, unknown> = {}
    for (const pair of pairs) {
      const key = isScalar(pair.key) ? String(pair.key.value ?? '') : null
      const start = (pair.key as { range?: [number, number, number] } | null)?.range?.[0] ?? 0
      // __proto__ would set the prototype instead of a key, and the schema check passes over it.
      if (key === null || key === '__proto__') {
        this.problems.push({
          file: this.file,
          ...this.#positionOf(start),
          path: path.join('.'),
          message: 'has a key that is not a plain name',
        })
        continue
      }
      const child = [...path, key]
      this.#keys.set(JSON.stringify(child), start)
      map[key] = this.#read(pair.value, child, document)
    }
    return map
  }

  #expand(text: string, path: Path, id: string): string {
    const expansion = expandVariables(text, this.#lookUp)
    for (const reference of expansion.malformed) {
      this.report(path, `\`${reference}\` names no variable: write \${NAME}, or $\${ for a literal \${`)
    }
    if (expansion.fromVariable) this.#written.set(id, text)
    for (const missing of expansion.missing) this.unset.push({ ...missing, path, at: this.position(path) })
    if (expansion.missing.length === 0 && expansion.malformed.length === 0) return expansion.text
    this.#withoutValue.add(id)
    return path[0] === 'sources' ? unsetPostgresUrl : unsetPlaceholder
  }
}
