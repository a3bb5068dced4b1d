import pino, { type Logger } from 'pino'
import { Secret } from './config.ts'
import { asProblem, Problem } from './problem.ts'
import { Redactor } from './redact.ts'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LogOptions {
  level: LogLevel
  /** Stderr, or a file that lines are added to. */
  destination: 'stderr' | { file: string }
  now?: () => Date
  /** Told when lines cannot be written, such as on a full disk. Without it the call that logs throws: nobody would know of it. */
  onFailure?: (problem: Problem) => void
}

/**
 * A logger of pino, for Fastify too (`loggerInstance`): fields first, then the message; an error as the field `err`. `child({ requestId })` gives
 * lines of one request. Whatever is logged, no registered secret, no header that identifies somebody, no key, token or e-mail address is in the line.
 */
export type Log = Logger & {
  /** From now on this text is masked, also in lines of children. Texts under 6 characters are not. */
  hide(secret: string | Secret): void
  /** Writes what is left. Nothing is logged after it. */
  close(): void
}

/**
 * Opens a log of JSON lines: `level` (a word), `time` (ISO, UTC), fields, `msg`. A line is written when the call returns, so the lines before a
 * crash are there. Throws `usage.invalid` when the file cannot be opened.
 */
export function openLog({ level, destination, now = () => new Date(), onFailure }: LogOptions): Log {
  const redactor = new Redactor()
  const stream = openStream(destination)
  if (onFailure !== undefined) tellOfFailures(stream, onFailure)
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorFields },
      // The whole line, after everything that pino, Fastify, children and serializers have put into it: there is no way around this.
      hooks: { streamWrite: (line) => redactLine(redactor, line, now) },
    },
    stream,
  )
  return Object.assign(logger, {
    hide: (secret: string | Secret) => redactor.hide(secret instanceof Secret ? secret.reveal() : secret),
    close: () => {
      if (destination === 'stderr') stream.flushSync()
      else stream.end()
    },
  })
}

function openStream(destination: LogOptions['destination']) {
  // While the disk is full, at most this much waits in memory; further lines are dropped.
  const common = { sync: true, maxLength: 4 * 1024 * 1024 }
  if (destination === 'stderr') return pino.destination({ dest: 2, ...common })
  try {
    return pino.destination({ dest: destination.file, append: true, mkdir: true, mode: 0o600, ...common })
  } catch (error) {
    throw new Problem('usage.invalid', {
      message: `The log ${destination.file} cannot be opened: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'Name another file, or give the user that runs Deskside the right to write it.',
      cause: error,
    })
  }
}

/** Tells of the first failure, and again of one after lines could be written in between. */
function tellOfFailures(stream: ReturnType<typeof openStream>, onFailure: (problem: Problem) => void): void {
  let isFailing = false
  stream.on('write', () => {
    isFailing = false
  })
  stream.on('error', (error: unknown) => {
    if (!isFailing) onFailure(asProblem(error))
    isFailing = true
  })
}

function redactLine(redactor: Redactor, line: string, now: () => Date): string {
  try {
    return `${JSON.stringify(redactor.json(JSON.parse(line)))}\n`
  } catch {
    // Without being read it cannot be known to be harmless; what went wrong may quote it.
    return `${JSON.stringify({ level: 'error', time: now().toISOString(), msg: 'A line of the log could not be read, and was left out.' })}\n`
  }
}

/** What a line says of an error: its class and code, and the stacks of it and its causes, in which the messages are. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { fix, effect, data } = error instanceof Problem ? error : {}
  const code = 'code' in error ? error.code : undefined
  return { type: error.constructor.name, code, message: error.message, fix, effect, data, stack: stackOf(error) }
}

const MOST_CAUSES = 8

function stackOf(error: Error): string {
  const stacks: string[] = []
  for (let cause: unknown = error; cause !== undefined && stacks.length < MOST_CAUSES; ) {
    stacks.push(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return stacks.join('\ncaused by: ')
}
