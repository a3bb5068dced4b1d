import { type Context, withApp, withStoredRuns } from './context.ts'
import { workflowLines } from './summary-text.ts'
import { counted } from './text.ts'

export async function workflowsCommand(context: Context): Promise<number> {
  return await withStoredRuns(context, async (runs) => {
    const workflows = await runs.workflows()
    if (context.isJson) await context.stdout.json(workflows)
    else if (workflows.length === 0) await context.stdout.lines(['No runs yet.'])
    else await context.stdout.lines(workflowLines(workflows, context.stdout.style(context.env)))
    return 0
  })
}

/** Lets an orchestration run again that an undo has paused. */
export async function resumeCommand(context: Context, orchestration: string): Promise<number> {
  return await withApp(context, { isOffline: true }, async (app) => {
    const resumed = await app.resume(orchestration)
    if (context.isJson) await context.stdout.json({ orchestration, resumed })
    else {
      await context.stdout.lines([
        resumed
          ? `${orchestration} may run again. Its next run sends what its query gives: also what was undone, if the query still gives it.`
          : `${orchestration} is not paused.`,
      ])
    }
    return 0
  })
}

export async function forgetCommand(context: Context, destination: string): Promise<number> {
  return await withApp(context, {}, async (app) => {
    const people = await app.forget(destination)
    if (context.isJson) await context.stdout.json({ destination, forgotten: people })
    else {
      await context.stdout.lines([
        `Forgot what was delivered to ${counted(people, 'person', 'people')} of that account. Zendesk itself was not touched.`,
        'The next run sends everybody again.',
      ])
    }
    return 0
  })
}
