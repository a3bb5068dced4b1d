import { asProblem, type Effect, type Problem, type ProblemCode } from '../problem.ts'
import { labelled, paint, type Style, visible, wrap } from './text.ts'

const effects: Record<Effect, string | null> = {
  none: null,
  partial: 'Part of it was done; nothing is lost.',
  unknown: 'It is not known how far it went; the next run finds out.',
}

/** `queries/users.sql:3:14`, as far as the problem knows it. */
function place(data: Problem['data']): string | null {
  if (typeof data.file !== 'string') return null
  return [data.file, data.line, data.column].filter((part) => part !== undefined && part !== null).join(':')
}

/** A problem as far as it is shown; that of a summary has lost its effect and data. */
export interface ShownProblem {
  code: ProblemCode
  message: string
  fix: string
  effect?: Effect
  data?: Problem['data']
}

/** The same four parts for every problem: what happened, where and what it did to the world, what to do, its code (and run). */
export function problemLines(problem: ShownProblem, style: Style, options: { runId?: string | null } = {}): string[] {
  const [what = '', ...more] = problem.message.split('\n')
  const width = style.columns === Infinity ? Infinity : Math.min(style.columns, 100) - 2
  const head = wrap(visible(what), width).map((line, index) =>
    index === 0 ? `${paint(style, 'red', '✗')} ${paint(style, 'bold', line)}` : `  ${paint(style, 'bold', line)}`,
  )
  const where = place(problem.data ?? {})
  const effect = effects[problem.effect ?? 'none']
  const runId = options.runId ?? (typeof problem.data?.runId === 'string' ? problem.data.runId : null)
  return [
    ...head,
    ...more.flatMap((line) => wrap(visible(line), width).map((part) => `  ${part}`)),
    ...(where === null || problem.message.includes(where) ? [] : labelled(style, 'where', where)),
    ...(effect === null ? [] : labelled(style, 'so far', effect)),
    ...labelled(style, 'do this', problem.fix),
    ...labelled(style, 'code', problem.code + (runId ? ` · run ${runId}` : '')),
  ]
}

/** For --debug: the stacks of an error and of its causes. */
export function stackLines(error: unknown): string[] {
  const lines: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) {
    lines.push(...(at.stack ?? String(at)).split('\n').map((line) => visible(line)))
  }
  return lines
}

/** The machine form: `{"problem": {...}}`. */
export function problemDocument(error: unknown): { problem: ReturnType<Problem['toJSON']> } {
  return { problem: asProblem(error).toJSON() }
}
