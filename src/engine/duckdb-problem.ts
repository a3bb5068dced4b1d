import { asProblem, diskFull, Problem, type ProblemCode } from '../problem.ts'
import { type Edit, originalOffset } from './duckdb-edits.ts'
import { type Mistake, wordingOf } from './duckdb-wording.ts'
import { type MacroCall, macroBytes } from './trino.ts'

/** A place in a SQL text: 1-based, columns counted in characters. */
export interface Place {
  file: string
  line: number
  column: number
}

/** A piece of a user's text inside a statement that we compose; offsets are UTF-8 bytes, as DuckDB counts them. */
export interface Segment {
  start: number
  text: string
  file: string
  edits: readonly Edit[]
  /** Calls of our macros in the text; offsets in the text. */
  calls: readonly MacroCall[]
}

/** What DuckDB says with `errors_as_json`, reduced to what we use. */
export interface EngineError {
  type: string
  message: string
  /** Byte offset in the statement. */
  position: number | null
}

/** Reads DuckDB's error, with or without `errors_as_json`. */
export function readEngineError(error: unknown): EngineError {
  const text = error instanceof Error ? error.message : String(error)
  const brace = text.indexOf('{"exception_type"')
  if (brace >= 0) {
    try {
      const found = JSON.parse(text.slice(brace)) as Record<string, string>
      return {
        type: found.exception_type ?? '',
        message: found.exception_message ?? text,
        position: found.position === undefined ? null : Number(found.position),
      }
    } catch {
      // Not JSON after all: the plain form below says the same without a place.
    }
  }
  const plain = /^(?:[\w ]*: )?([A-Z][\w ]*) Error: ([\s\S]*)$/.exec(text)
  return { type: plain?.[1] ?? '', message: plain?.[2] ?? text, position: null }
}

/** Line and column of a byte offset in a text. */
export function placeOf(text: string, byteOffset: number, file: string): Place {
  const before = Buffer.from(text, 'utf8').subarray(0, byteOffset).toString('utf8')
  const lines = before.split('\n')
  return { file, line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 }
}

/** The user's own place behind an offset of a composed statement, or null when the offset is in our part of it. */
export function placeIn(segments: readonly Segment[], byteOffset: number | null): Place | null {
  if (byteOffset === null) return null
  for (const { start, text, file, edits } of segments) {
    const offset = originalOffset(edits, byteOffset - start)
    if (byteOffset >= start && offset <= Buffer.byteLength(text)) return placeOf(text, offset, file)
  }
  return macroPlace(segments, byteOffset)
}

/** The message with the word that the text has at the place, where an edit wrote another one. */
function inWordsOf(segments: readonly Segment[], byteOffset: number | null, message: string): string {
  if (byteOffset === null) return message
  for (const { start, text, edits } of segments) {
    const offset = originalOffset(edits, byteOffset - start)
    const edit = edits.find((one) => one.at === offset)
    if (byteOffset < start || edit === undefined) continue
    const word = Buffer.from(text, 'utf8')
      .subarray(edit.at, edit.at + edit.length)
      .toString('utf8')
    const written = edit.text.replace(/\(.*/s, '').trim()
    return message.replaceAll(`${written}(`, `${word.replace(/\(.*/s, '').trim()}(`)
  }
  return message
}

/** The place of the call when the offset is one inside a macro and only one call can be meant. */
function macroPlace(segments: readonly Segment[], byteOffset: number): Place | null {
  const calls = segments.flatMap(({ text, file, calls }) => calls.map((call) => ({ ...call, text, file })))
  if (byteOffset >= macroBytes || calls.length !== 1) return null
  const [{ text, at, file }] = calls as [(typeof calls)[0]]
  return placeOf(text, at, file)
}

/** A problem with a query, at a place where one is known. */
export function queryProblem(
  code: ProblemCode,
  file: string,
  place: Place | null,
  sentence: string,
  more: { fix?: string; mistake?: Mistake | null } = {},
): Problem {
  const where = place ? `${place.file}:${place.line}:${place.column}` : file
  return new Problem(code, {
    message: `${where}: ${sentence}`,
    fix: more.fix,
    data: { ...(place ?? { file }), ...(more.mistake ? { mistake: more.mistake } : {}) },
  })
}

/** Names of DuckDB's exceptions that are the fault of the SQL's text, whenever they come. */
const textErrors = new Set(['Parser', 'Syntax', 'Binder', 'Catalog', 'Not implemented', 'Parameter Not Resolved'])

/** Names of DuckDB's exceptions that a write to the disk can end with; others may repeat a user's value. */
const writeErrors = new Set(['IO', 'TransactionContext', 'FATAL'])

/**
 * What stopped a query. `running` tells an error of a value (`query.failed`) from an error of the text (`query.invalid`): while a
 * statement is only prepared, every complaint is about its text.
 */
export function problemOfQuery(
  error: unknown,
  at: { file: string; segments: readonly Segment[]; running: boolean; sources: readonly string[] },
): Problem {
  if (error instanceof Problem) return error
  const found = readEngineError(error)
  if (found.type === '') return asProblem(error)
  const full = writeErrors.has(found.type) ? diskFull(error) : null
  if (full !== null) return full
  const source = sourceProblem(found, at.sources)
  if (source) return source
  const place = placeIn(at.segments, found.position)
  const say = (code: ProblemCode, fix?: string) => {
    const wording = wordingOf(found, (message) => inWordsOf(at.segments, found.position, message))
    return queryProblem(code, at.file, place, sentence(wording.sentence), { ...wording, fix: fix ?? wording.fix })
  }
  if (found.type === 'Out of Memory') return memoryProblem(at.file)
  if (found.type === 'Permission') return say('query.forbidden')
  if (found.type === 'INTERNAL' || found.type === 'FATAL') return say('internal.bug')
  if (textErrors.has(found.type) || !at.running) return say('query.invalid')
  if (found.type === 'IO')
    return say('query.failed', 'Make sure that the disk of the project has free space, then run again.')
  return say('query.failed')
}

/** The query needed more memory than it may have. */
export function memoryProblem(file: string): Problem {
  return new Problem('query.out_of_memory', {
    message: `${file}: the query needs more memory than database.limits allows.`,
    data: { file },
  })
}

/** What stopped the reading of a table's files; `path` is named when DuckDB names none. */
export function problemOfSource(error: unknown, table: string, path: string): Problem {
  if (error instanceof Problem) return error
  const found = readEngineError(error)
  if (found.type === 'Out of Memory') return memoryProblem(path)
  return (
    sourceProblem(found, [path]) ??
    new Problem('source.unreadable', {
      message: `${path} (table ${table}) cannot be read: ${firstLine(found.message)}`,
      data: { file: path, table },
    })
  )
}

/** A reader's complaint about a file. The row's own text ("Original Line") is left out: it is customers' data. */
function sourceProblem(error: EngineError, sources: readonly string[]): Problem | null {
  const { message } = error
  const csv = /CSV Error on Line: (\d+)/.exec(message)
  const named = /^\s*file = (.+)$/m.exec(message)?.[1] ?? /(?:in|of|from) file "([^"]+)"/.exec(message)?.[1]
  const file = named ?? sources.find((path) => message.includes(path))
  if (!csv && !file) return null
  // A permission error names a file too, but one that the query wanted and may not have.
  if (error.type === 'Permission') return null
  const line = Number(csv?.[1] ?? /in line (\d+)/.exec(message)?.[1] ?? 0)
  const where = `${file ?? sources[0] ?? 'a source file'}${line > 0 ? `:${line}` : ''}`
  return new Problem('source.unreadable', {
    message: `${where} cannot be read: ${csv ? csvReason(message) : firstLine(message)}`,
    data: { file: file ?? null, ...(line > 0 ? { line } : {}) },
  })
}

const csvReasons = [
  /^Expected Number of Columns: .+$/m,
  /^Error when converting column .+$/m,
  /^Invalid unicode.+$/m,
  /^Value with unterminated quote.*$/m,
  /^Maximum line size.+$/m,
  /^.*[Qq]uote.*$/m,
]

function csvReason(message: string): string {
  const body = message.replace(/^Original Line: .*$/m, '')
  for (const reason of csvReasons) {
    const found = reason.exec(body)
    if (found) return sentence(found[0])
  }
  return 'the line does not fit the format of the file.'
}

function firstLine(message: string): string {
  if (message.startsWith('Error when sniffing file')) return 'its delimiter, quotes and columns cannot be recognised.'
  if (message.includes('state machine')) return 'its lines end in different ways, or a quote is not closed.'
  return sentence(message.split('\n')[0] ?? message)
}

/** One line with a full stop, as DuckDB's words stand in the middle of ours. */
function sentence(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, ' ')
  return /[.!?]$/.test(line) ? line : `${line}.`
}
