import type { Json } from '../problem.ts'
import type { PlanSummary, RunSummary, Step, WorkflowEvent } from '../sync/report.ts'
import type { Task } from './control.ts'

/** The tasks of a workflow, in their order. `confirm` reads people back after the delivery. */
const names = ['extract', 'map', 'plan', 'deliver', 'settle', 'confirm'] as const satisfies readonly Task['task'][]

const fresh = (task: Task['task']): Task => ({
  task,
  state: 'waiting',
  startedAt: null,
  endedAt: null,
  input: {},
  output: {},
  problem: null,
})

export function newTasks(): Task[] {
  return names.map(fresh)
}

/** A workflow goes on: what succeeded stays as it is, the rest begins anew. */
export function againTasks(tasks: readonly Task[]): Task[] {
  return names.map((name) => {
    const task = tasks.find((one) => one.task === name)
    return task?.state === 'succeeded' && name !== 'deliver' && name !== 'settle' ? task : fresh(name)
  })
}

/** What an event changes; the very same list when it changes nothing that is stored. */
export function advanceTasks(tasks: readonly Task[], event: WorkflowEvent, at: Date): readonly Task[] {
  switch (event.type) {
    case 'step':
      return startTask(tasks, event.step, at)
    case 'extracted':
      return change(tasks, 'extract', { output: { rows: event.rows } })
    case 'planned':
      return afterPlan(tasks, event.plan, at)
    case 'workflow':
    case 'recovering':
    case 'progress':
    case 'waiting':
    case 'heartbeat':
    case 'stopping':
      return tasks
    default:
      return event satisfies never
  }
}

/** How everything ended. A task that was being worked at carries the problem; those behind it were not begun. */
export function endTasks(tasks: readonly Task[], summary: RunSummary, at: Date): Task[] {
  const endedAt = at.toISOString()
  const { problem, status } = summary
  const isWaiting = problem?.code.startsWith('guard.') === true
  return tasks.map((task): Task => {
    if (task.task === 'confirm') return confirmed(task, summary, endedAt)
    if (isWaiting && task.task === 'plan') return { ...task, state: 'issue', endedAt: task.endedAt ?? endedAt, problem }
    if (isWaiting && task.state === 'running') return fresh(task.task)
    if (task.state !== 'running') return task
    if (problem !== null && status === 'error') return { ...task, state: 'failed', endedAt, problem }
    if (status === 'stopped') return { ...task, state: 'stopped', endedAt }
    return { ...task, state: task.task === 'deliver' && summary.rows.failed > 0 ? 'issue' : 'succeeded', endedAt }
  })
}

/** A problem before there was a run: the task that was at work has it, or the first. */
export function failTasks(tasks: readonly Task[], problem: NonNullable<Task['problem']>, at: Date): Task[] {
  const failed =
    tasks.find(({ state }) => state === 'running')?.task ?? tasks.find(({ state }) => state === 'waiting')?.task
  return tasks.map((task) =>
    task.task === failed
      ? { ...task, state: 'failed', startedAt: task.startedAt ?? at.toISOString(), endedAt: at.toISOString(), problem }
      : task,
  )
}

function startTask(tasks: readonly Task[], step: Step, at: Date): Task[] {
  const position = names.indexOf(step)
  return tasks.map((task, index): Task => {
    if (index < position && task.state === 'running')
      return { ...task, state: task.problem === null ? 'succeeded' : 'issue', endedAt: at.toISOString() }
    if (task.task !== step || task.state === 'running') return task
    return { ...task, state: 'running', startedAt: at.toISOString(), endedAt: null, problem: null }
  })
}

/** A plan that goes on was made before: its tasks have been done, perhaps by another process. */
function afterPlan(tasks: readonly Task[], plan: PlanSummary, at: Date): Task[] {
  const done = (task: Task): Task =>
    task.state === 'succeeded'
      ? task
      : {
          ...task,
          state: 'succeeded',
          startedAt: task.startedAt ?? plan.planned_at,
          endedAt: task.startedAt === null ? plan.planned_at : at.toISOString(),
          problem: null,
        }
  return tasks.map((task) => {
    if (task.task === 'extract') return { ...done(task), output: { rows: plan.rows.total } }
    if (task.task === 'map') return { ...done(task), output: { ignored_columns: plan.ignored_columns } }
    return task.task === 'plan' ? { ...done(task), output: planOutput(plan) } : task
  })
}

/** What is kept of a plan beside its header: counts and sentences, nobody's data. */
function planOutput(plan: PlanSummary): { [key: string]: Json } {
  const { rows, people, rejected, warnings, notes, guards, row_alerts, exits, cost } = plan
  const output = { plan_id: plan.plan_id, rows, people, rejected, warnings, notes, guards, row_alerts, exits, cost }
  return output as unknown as { [key: string]: Json }
}

function confirmed(task: Task, { confirmed: found, status }: RunSummary, endedAt: string): Task {
  if (found !== null) {
    const output = found as unknown as { [key: string]: Json }
    return { ...task, state: found.differing > 0 ? 'issue' : 'succeeded', startedAt: endedAt, endedAt, output }
  }
  return status === 'completed' || status === 'completed_with_alerts' ? { ...task, state: 'skipped' } : task
}

function change(tasks: readonly Task[], name: Task['task'], changes: Partial<Task>): Task[] {
  return tasks.map((task) => (task.task === name ? { ...task, ...changes } : task))
}
