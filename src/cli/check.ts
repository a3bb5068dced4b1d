import type { CheckStage } from '../destination/destination.ts'
import { type Context, withApp } from './context.ts'
import { problemLines } from './problem-text.ts'
import { pad, paint, type Style, visible, wrap } from './text.ts'

const marks = { ok: ['green', '✓'], note: ['yellow', '·'], failed: ['red', '✗'] } as const
const titleWidth = 24

/** One stage, its failure with what to do about it. */
export function stageLines(stage: CheckStage, style: Style): string[] {
  const [format, mark] = marks[stage.outcome]
  const title = visible(stage.title)
  const start = 2 + Math.max(titleWidth, title.length + 2)
  const head = `${paint(style, format, mark)} ${pad(title, start - 2)}`
  if (stage.problem !== undefined)
    return [
      head.trimEnd(),
      ...problemLines(stage.problem, { ...style, columns: style.columns - 2 }).map((line) => `  ${line}`),
    ]
  if (stage.detail === '') return [head.trimEnd()]
  const room = style.columns === Infinity ? Infinity : Math.min(style.columns, 100) - start
  if (room < 40) {
    return [
      head.trimEnd(),
      ...wrap(visible(stage.detail), style.columns - 4).map((line) => `    ${paint(style, 'dim', line)}`),
    ]
  }
  return wrap(visible(stage.detail), room).map(
    (line, index) => (index === 0 ? head : ' '.repeat(start)) + paint(style, 'dim', line),
  )
}

export async function checkCommand(context: Context, destination: string): Promise<number> {
  return await withApp(context, {}, async (app) => {
    const stages: object[] = []
    let exitCode = 0
    for await (const stage of app.check(destination)) {
      if (stage.outcome === 'failed') exitCode = stage.problem?.exitCode ?? 1
      if (context.isJson) stages.push({ ...stage, problem: stage.problem?.toJSON() ?? null })
      else await context.stdout.lines(stageLines(stage, context.stdout.style(context.env)))
    }
    if (context.isJson) await context.stdout.json({ destination, ok: exitCode === 0, stages })
    return exitCode
  })
}
