import type { WorkflowEvent } from '../sync/report.ts'
import type { Output } from './output.ts'
import {
  advance,
  emptyView,
  type Line,
  lastLines,
  lineText,
  movingLine,
  plainLine,
  plainProgress,
  type RunView,
} from './run-view.ts'
import { moment, visible, widthOf } from './text.ts'

type Env = Record<string, string | undefined>

/** Shows a workflow while it runs. */
export interface ProgressPrinter {
  event(event: WorkflowEvent): void
  /** Says something above the moving line. */
  say(text: string): void
  /** Ends the picture; the step at which the workflow ended gets its mark. */
  end(isCompleted: boolean): Promise<void>
}

/** Shows nothing. */
export const silentPrinter: ProgressPrinter = { event: () => {}, say: () => {}, end: async () => {} }

/** `now` never jumps; the ends of waits are told by the wall clock. */
interface Clocks {
  now: () => number
  wallNow: () => number
}

const realClocks: Clocks = { now: () => performance.now(), wallNow: () => Date.now() }

/**
 * A moving line in a terminal, plain lines elsewhere: at least one a second, or with `isCalm` what a log needs. Both go to stderr, so that
 * stdout holds the result alone.
 */
export function progressPrinter(
  output: Output,
  env: Env,
  isCalm: boolean,
  clocks: Clocks = realClocks,
): ProgressPrinter {
  const { now, wallNow } = clocks
  const printer = output.isLive(env)
    ? livePrinter(output, env, now)
    : plainPrinter(output, env, isCalm ? calmPace : steadyPace, clocks)
  return { ...printer, event: (event) => printer.event(onClock(event, now() - wallNow())) }
}

function onClock(event: WorkflowEvent, aheadMs: number): WorkflowEvent {
  if (event.type !== 'waiting' || event.untilMs === null) return event
  return { ...event, untilMs: event.untilMs + aheadMs }
}

// The countdown of a wait moves each second and the spinner ten times; five paintings a second look alive and cost nothing.
const paintMs = 200
const clearLine = '\r\u001b[2K'

function livePrinter(output: Output, env: Env, now: () => number): ProgressPrinter {
  let view: RunView = emptyView
  let drawnWidth = 0
  let pending: Promise<void> = Promise.resolve()
  const write = (text: string) => {
    pending = pending.then(() => output.write(text))
  }
  // A terminal that became narrower has broken the old line over several rows, which must go as well.
  const clear = (): string => {
    const rows = drawnWidth === 0 ? 1 : Math.ceil(drawnWidth / output.style(env).columns)
    drawnWidth = 0
    return clearLine + `\u001b[1A\u001b[2K`.repeat(Math.max(0, rows - 1))
  }
  const draw = (lines: readonly Line[] = [], said = '') => {
    const style = output.style(env)
    const line = movingLine(view, style, now())
    const above = lines.map((each) => `${lineText(each, style)}\n`).join('') + (said === '' ? '' : `${said}\n`)
    write(clear() + above + line)
    drawnWidth = widthOf(line)
  }
  const timer = setInterval(() => draw(), paintMs)
  timer.unref()
  const resized = () => draw()
  output.stream.on('resize', resized)
  write('\u001b[?25l')
  // Whatever ends the process, the cursor comes back.
  const restore = () => {
    if (!output.isClosed) output.stream.write('\u001b[?25h')
  }
  process.once('exit', restore)
  return {
    event(event) {
      const next = advance(view, event, now())
      view = next.view
      if (next.lines.length > 0 || event.type === 'stopping' || event.type === 'step') draw(next.lines)
    },
    say: (text) => draw([], text),
    async end(isCompleted) {
      clearInterval(timer)
      output.stream.off('resize', resized)
      const style = output.style(env)
      const last = lastLines(view, isCompleted, now()).map((line) => `${lineText(line, style)}\n`)
      write(`${clear()}${last.join('')}\u001b[?25h`)
      process.off('exit', restore)
      await pending
    },
  }
}

/** Decides which lines a pipe gets between those that are told when they happen. */
interface Pace {
  event(event: WorkflowEvent, view: RunView): void
  /** A line was printed. */
  printed(): void
  end(): void
}

type MakePace = (now: () => number, view: () => RunView, print: (line: string) => void) => Pace

// A little less than the second that is promised, so that a busy event loop has room.
const steadyMs = 900

/** A line whenever a second would pass without one. */
const steadyPace: MakePace = (now, view, print) => {
  const timer = setInterval(() => print(plainLine(view(), now())), steadyMs)
  timer.unref()
  return { event: () => {}, printed: () => timer.refresh(), end: () => clearInterval(timer) }
}

const calmEveryMs = 5_000
const calmAtLeastMs = 60_000

/** A line for each tenth, at most every five seconds, and for a delivery at least every minute. */
const calmPace: MakePace = (now, _view, print) => {
  let printedAtMs = Number.NEGATIVE_INFINITY
  let printedShare = 0
  return {
    event(event, view) {
      if (event.type === 'step') {
        printedAtMs = now()
        printedShare = 0
      }
      const { progress } = view
      if (event.type !== 'progress' || progress === null || progress.total === 0) return
      const sinceMs = now() - printedAtMs
      const share = progress.settled / progress.total
      const isDue = sinceMs >= calmEveryMs && (share - printedShare >= 0.1 || sinceMs >= calmAtLeastMs)
      if (!isDue || progress.settled === progress.total) return
      printedAtMs = now()
      printedShare = share
      print(plainProgress(view, now()))
    },
    printed: () => {},
    end: () => {},
  }
}

// Shorter waits are the ordinary rhythm of a limit.
const longWaitMs = 3_000
const saidWaitEveryMs = 5_000

function plainPrinter(output: Output, env: Env, makePace: MakePace, { now, wallNow }: Clocks): ProgressPrinter {
  let view: RunView = { ...emptyView, stepStartedAtMs: now() }
  let saidWaitAtMs = Number.NEGATIVE_INFINITY
  let pending: Promise<void> = Promise.resolve()
  const print = (lines: readonly string[]) => {
    if (lines.length === 0) return
    pending = pending.then(() => output.lines(lines))
    pace.printed()
  }
  const pace = makePace(
    now,
    () => view,
    (line) => print([`  ${line}`]),
  )
  const waitLine = ({ why, untilMs }: Extract<WorkflowEvent, { type: 'waiting' }>) => {
    const isShort = untilMs !== null && untilMs - now() < longWaitMs
    if (why === null || isShort || now() - saidWaitAtMs < saidWaitEveryMs) return
    saidWaitAtMs = now()
    const end = untilMs === null ? null : moment(new Date(untilMs - now() + wallNow()).toISOString())
    print([`  ${visible(why)}${end === null ? '' : ` (until ${end} UTC)`}`])
  }
  return {
    event(event) {
      const wasStopping = view.isStopping
      const next = advance(view, event, now())
      view = next.view
      print(next.lines.map((line) => lineText(line, output.style(env))))
      pace.event(event, view)
      if (event.type === 'stopping' && !wasStopping)
        print(['  stopping after the jobs in flight are settled; a second signal stops at once'])
      if (event.type === 'waiting') waitLine(event)
    },
    say: (text) => print([text]),
    async end(isCompleted) {
      print(lastLines(view, isCompleted, now()).map((line) => lineText(line, output.style(env))))
      pace.end()
      await pending
    },
  }
}
