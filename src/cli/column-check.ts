import { Problem } from '../problem.ts'
import { columnCheckLines } from './column-check-text.ts'
import { type Context, withApp } from './context.ts'
import { sentNamed } from './segments.ts'
import { stopSignals } from './stop.ts'

/** What would become of each column of a query, a segment or an attributes table; exits as a plan of it would. */
export async function columnCheckCommand(
  context: Context,
  name: string,
  { destination, isOffline }: { destination: string; isOffline: boolean },
): Promise<number> {
  const { loadProject } = await import('../project/load.ts')
  const project = await loadProject(context.projectDir, context.env, { allowMissingVariables: true })
  const signals = stopSignals()
  try {
    return await withApp(context, { isOffline }, async (app) => {
      const sent = sentNamed(name, project)
      const check = await app.checkColumns(sent, destination, { live: !isOffline }, signals.control)
      const { stdout } = context
      if (context.isJson) await stdout.json(check)
      else await stdout.lines(columnCheckLines(check, stdout.style(context.env), { isOffline }))
      const [first] = check.problems
      return first === undefined ? 0 : new Problem(first.code, { message: first.message }).exitCode
    })
  } finally {
    signals.dispose()
  }
}
