import type { PlanSummary, Progress, Step, WorkflowEvent } from '../sync/report.ts'
import {
  counted,
  duration,
  number,
  pad,
  paint,
  remaining,
  type Style,
  shorten,
  visible,
  widthOf,
  wrap,
} from './text.ts'

/** What is known of a running workflow, built from its events alone. Pure: terminal and pipe draw from the same view. */
export interface RunView {
  step: Step | null
  stepStartedAtMs: number
  /** What the finished step will be remembered by. */
  detail: string
  progress: Progress | null
  /** Changes of the plan; the delivery begins at none of them, before its first figures come. */
  toSend: number
  waiting: { why: string; untilMs: number | null } | null
  isStopping: boolean
}

export const emptyView: RunView = {
  step: null,
  stepStartedAtMs: 0,
  detail: '',
  progress: null,
  toSend: 0,
  waiting: null,
  isStopping: false,
}

/** A line that stays. */
export interface Line {
  mark: 'done' | 'note' | 'failed'
  /** Left column: the step, or nothing for a note. */
  label: string
  text: string
}

const steps = ['extract', 'map', 'plan', 'deliver', 'settle'] as const satisfies readonly Step[]
const labelWidth = Math.max(...steps.map((step) => step.length))

/** `1,934 to create, 12 to update, 54 unchanged; 42 rows rejected; about 20 s` */
export function planInBrief(plan: PlanSummary): string {
  const { people, rows, exits } = plan
  const update = { query: 'to update', repair: 'to send again', undo: 'to restore' }[plan.origin]
  const changes = [
    people.create > 0 ? `${number(people.create)} to create` : '',
    people.update > 0 ? `${number(people.update)} ${update}` : '',
    people.rekeyed > 0 ? `${number(people.rekeyed)} to rekey` : '',
    people.further_emails > 0 ? counted(people.further_emails, 'further e-mail') : '',
    exits !== null && exits.people > 0 ? `${number(exits.people)} who left the result` : '',
    people.unchanged > 0 ? `${number(people.unchanged)} unchanged` : '',
  ].filter((part) => part !== '')
  return [
    changes.length === 0 ? 'nobody to send' : changes.join(', '),
    rows.rejected > 0 ? `${counted(rows.rejected, 'row')} rejected` : '',
    plan.cost.writes > 0 ? `about ${duration(plan.cost.eta_ms)}` : '',
  ]
    .filter((part) => part !== '')
    .join('; ')
}

function endOfStep(view: RunView, nowMs: number, mark: Line['mark']): Line[] {
  if (view.step === null) return []
  const took = nowMs - view.stepStartedAtMs
  const text = [view.detail, took >= 950 ? duration(took) : ''].filter((part) => part !== '').join(' · ')
  return [{ mark, label: view.step, text }]
}

function firstProgress(view: RunView, step: Step): Progress | null {
  if (step !== 'deliver' || view.toSend === 0) return null
  return { settled: 0, total: view.toSend, usersPerSecond: 0, jobsInFlight: 0, parked: 0, etaMs: null }
}

/** Takes an event in; `lines` are what is said for good. Times are milliseconds of one clock. */
export function advance(view: RunView, event: WorkflowEvent, nowMs: number): { view: RunView; lines: Line[] } {
  const note = (text: string): Line => ({ mark: 'note', label: '', text })
  switch (event.type) {
    case 'workflow': {
      const text = event.resumed ? `going on with run ${event.runId}` : `run ${event.runId}`
      return { view, lines: [note(visible(text))] }
    }
    case 'recovering':
      return {
        view,
        lines: [
          note(
            `asking Zendesk what became of ${counted(event.batches, 'batch', 'batches')} of run ${visible(event.runId)}`,
          ),
        ],
      }
    case 'step':
      if (event.step === view.step) return { view, lines: [] }
      return {
        view: {
          ...view,
          step: event.step,
          stepStartedAtMs: nowMs,
          detail: '',
          progress: firstProgress(view, event.step),
          waiting: null,
        },
        lines: endOfStep(view, nowMs, 'done'),
      }
    case 'extracted':
      return { view: { ...view, detail: counted(event.rows, 'row') }, lines: [] }
    case 'planned': {
      const { create, update, rekeyed, further_emails: further } = event.plan.people
      return {
        view: {
          ...view,
          detail: planInBrief(event.plan),
          toSend: create + update + rekeyed + further + (event.plan.exits?.people ?? 0),
        },
        lines: [],
      }
    }
    case 'progress':
      return {
        view: {
          ...view,
          progress: event.progress,
          detail: `${number(event.progress.settled)} of ${number(event.progress.total)}`,
        },
        lines: [],
      }
    case 'waiting':
      return {
        view: { ...view, waiting: event.why === null ? null : { why: event.why, untilMs: event.untilMs } },
        lines: [],
      }
    case 'stopping':
      return { view: { ...view, isStopping: true }, lines: [] }
    // For machines; what people see moves by itself.
    case 'heartbeat':
      return { view, lines: [] }
  }
}

/** The line of the step at which the workflow ended. */
export function lastLines(view: RunView, isCompleted: boolean, nowMs: number): Line[] {
  return endOfStep(view, nowMs, isCompleted ? 'done' : view.isStopping ? 'note' : 'failed')
}

const marks = { done: ['green', '✓'], note: ['dim', '·'], failed: ['red', '✗'] } as const

/** A line that stays, wrapped beside its label. */
export function lineText(line: Line, style: Style): string {
  const [format, mark] = marks[line.mark]
  const label = line.label === '' ? '' : `${pad(line.label, labelWidth)}  `
  const indent = ' '.repeat(2 + widthOf(label))
  const [first = '', ...rest] = wrap(line.text, style.columns - indent.length).map((text) =>
    line.mark === 'note' ? paint(style, 'dim', text) : text,
  )
  return [`${paint(style, format, mark)} ${label}${first}`.trimEnd(), ...rest.map((text) => indent + text)].join('\n')
}

/** `Zendesk asks us to wait 27 s`: the seconds of the sentence count down while it is repainted. */
function waitText(waiting: NonNullable<RunView['waiting']>, nowMs: number): string {
  const why = visible(waiting.why).replace(/[.:]\s*$/, '')
  if (waiting.untilMs === null) return why
  const left = remaining(waiting.untilMs - nowMs)
  return /\b\d+ s\b/.test(why) ? why.replace(/\b\d+ s\b/, left) : `${why} (${left})`
}

/** What the delivery is doing, the most important first, as many parts as fit. */
function progressParts(view: RunView, progress: Progress, nowMs: number): string[] {
  const eta = progress.etaMs === null || progress.settled >= progress.total ? [] : [`${remaining(progress.etaMs)} left`]
  const jobs = counted(progress.jobsInFlight, 'job')
  const parked = progress.parked > 0 ? [`${counted(progress.parked, 'batch', 'batches')} being looked up`] : []
  const isFirst = progress.jobsInFlight === 0 && progress.settled === 0
  if (view.isStopping) return [isFirst ? 'stopping' : `stopping: ${jobs} to settle`, 'Ctrl-C again stops at once']
  if (view.waiting !== null)
    return [waitText(view.waiting, nowMs), ...(isFirst ? [] : [`${jobs} in flight`]), ...parked]
  if (isFirst) return ['waiting for the first results']
  const rate = progress.usersPerSecond > 0 ? [`${number(Math.round(progress.usersPerSecond))} users/s`] : []
  return [...rate, ...eta, `${jobs} in flight`, ...parked]
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

function bar(fraction: number, width: number, style: Style): string {
  const cells = Math.min(width * 8, Math.max(0, Math.floor(fraction * width * 8)))
  const full = '█'.repeat(Math.floor(cells / 8)) + eighths[cells % 8]!
  return paint(style, 'cyan', full) + paint(style, 'dim', '░'.repeat(Math.max(0, width - widthOf(full))))
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/**
 * The one line that moves, at most `columns - 1` wide so that no terminal wraps it. Narrow terminals lose first the bar's length,
 * then the lesser figures.
 */
export function movingLine(view: RunView, style: Style, nowMs: number): string {
  if (view.step === null)
    return view.waiting === null
      ? ''
      : `${paint(style, 'yellow', '·')} ${shorten(waitText(view.waiting, nowMs), style.columns - 3)}`
  const isUrgent = view.waiting !== null || view.isStopping
  const turn = paint(
    style,
    view.waiting === null ? 'cyan' : 'yellow',
    spinner[Math.floor(nowMs / 100) % spinner.length]!,
  )
  // Two columns more than the wrap needs: a terminal echoes `^C` behind the line.
  const room = style.columns - 3
  const head = `${turn} ${pad(view.step, labelWidth)}  `
  const { progress } = view
  if (progress === null || progress.total === 0) {
    const tail = view.isStopping
      ? 'stopping · Ctrl-C again stops at once'
      : view.waiting === null
        ? nowMs - view.stepStartedAtMs >= 1000
          ? duration(nowMs - view.stepStartedAtMs)
          : ''
        : waitText(view.waiting, nowMs)
    return `${head}${shorten(tail, room - widthOf(head))}`.trimEnd()
  }
  const fraction = progress.settled / progress.total
  const percent = `${String(Math.floor(fraction * 100)).padStart(3)} %`
  const total = number(progress.total)
  const parts = progressParts(view, progress, nowMs)
  const tailWidth = (count: number) => parts.slice(0, count).reduce((sum, part) => sum + 3 + widthOf(part), 0)
  // What it waits for matters more than how far it is.
  const figures =
    [`${percent}  ${number(progress.settled).padStart(total.length)}/${total}`, percent].find(
      (candidate) => widthOf(head) + candidate.length + tailWidth(1) <= room,
    ) ?? ''
  const smallestBar = 6
  const fixed = (count: number) => widthOf(head) + figures.length + tailWidth(count)
  let shown = parts.length
  while (shown > 1 && fixed(shown) + smallestBar + 1 > room && !(isUrgent && shown === 2 && fixed(2) <= room)) shown--
  const barWidth = Math.min(28, room - fixed(shown) - 1)
  const drawn = barWidth >= smallestBar ? `${bar(fraction, barWidth, style)} ` : ''
  const tail = shorten(parts.slice(0, shown).join(' · '), room - widthOf(head) - widthOf(drawn) - figures.length - 3)
  return `${head}${drawn}${figures}${tail === '' ? '' : `   ${paint(style, isUrgent ? 'yellow' : 'dim', tail)}`}`
}

/** How far a delivery is, as one plain line for a pipe. */
export function plainProgress(view: RunView, nowMs: number): string {
  const progress = view.progress
  if (progress === null) return ''
  const percent = progress.total === 0 ? 100 : Math.floor((progress.settled / progress.total) * 100)
  return [
    `${view.step ?? 'deliver'} ${percent} %`,
    `${number(progress.settled)} of ${number(progress.total)}`,
    ...progressParts({ ...view, isStopping: false }, progress, nowMs),
  ].join(', ')
}

/** What the moving line tells, as one plain line for a pipe; never empty. */
export function plainLine(view: RunView, nowMs: number): string {
  if (view.progress !== null && view.progress.total > 0) return plainProgress(view, nowMs)
  const since = duration(nowMs - view.stepStartedAtMs)
  return [view.step ?? 'at work', since, ...(view.waiting === null ? [] : [waitText(view.waiting, nowMs)])].join(', ')
}
