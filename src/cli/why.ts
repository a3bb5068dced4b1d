import { type Context, withApp } from './context.ts'
import { whyLines } from './why-text.ts'

/** Tells the history of one person, and what the account holds now. Exit 0 also for nobody. */
export async function whyCommand(
  context: Context,
  request: { key: string; field: string | null; destination: string | null },
): Promise<number> {
  return await withApp(context, {}, async (app) => {
    const report = await app.why(request.key, request.field, request.destination)
    if (context.isJson) await context.stdout.json(report)
    else await context.stdout.lines(whyLines(report, context.stdout.style(context.env)))
    return 0
  })
}
