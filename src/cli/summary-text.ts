import type { ProblemCode } from '../problem.ts'
import { noRows, type RecordRow, type RunSummary, type WorkflowRow, type WorkflowState } from '../sync/report.ts'
import type { CommandLine } from './command-line.ts'
import { problemLines } from './problem-text.ts'
import { type Column, table } from './table.ts'
import {
  counted,
  duration,
  labelled,
  labelledCommand,
  moment,
  number,
  paint,
  type Style,
  visible,
  wrap,
} from './text.ts'

/** The summary as it is printed: a run that never began has no id. */
export type PrintedSummary = Omit<RunSummary, 'run_id' | 'orchestration'> & {
  run_id: string | null
  orchestration: string | null
}

/** The last line of `run --json` for a run that never began: every key, all counts 0. */
export function summaryWithoutRun(
  orchestration: string | null,
  problem: { code: ProblemCode; message: string; fix: string },
): PrintedSummary {
  return {
    run_id: null,
    orchestration,
    status: 'error',
    rows: noRows(),
    warnings: 0,
    adopted: 0,
    exited: 0,
    row_alerts: [],
    confirmed: null,
    paused: false,
    requests: 0,
    waited_ms: 0,
    problem: { code: problem.code, message: problem.message, fix: problem.fix },
  }
}

const states: Record<WorkflowState, { text: string; format: 'green' | 'yellow' | 'red' | 'dim' }> = {
  waiting: { text: 'waiting', format: 'dim' },
  running: { text: 'running', format: 'dim' },
  stopping: { text: 'stopping', format: 'yellow' },
  stopped: { text: 'stopped', format: 'yellow' },
  completed: { text: 'completed', format: 'green' },
  completed_with_alerts: { text: 'completed with alerts', format: 'yellow' },
  error: { text: 'stopped by a problem', format: 'red' },
}

/** A state in words. */
export function stateText(state: WorkflowState): string {
  return states[state].text
}

const outcomes = ['created', 'updated', 'unchanged', 'merged', 'rejected', 'failed', 'pending'] as const
const meanings: Record<(typeof outcomes)[number], string> = {
  created: 'new in Zendesk',
  updated: 'changed in Zendesk',
  unchanged: 'not sent: Zendesk was given the same before',
  merged: 'another row of the same person carries them',
  rejected: 'not sent, with a reason',
  failed: 'refused by Zendesk',
  pending: 'not sent yet',
}

/** Why rows of an outcome were rejected or failed. */
export interface Reason {
  code: string
  field: string | null
  reason: string
  rows: number
}

/** Counts rows by reason, most frequent first. Texts that quote a value are told apart by code and field alone. */
export async function tallyReasons(
  rows: AsyncIterable<Pick<RecordRow, 'code' | 'field' | 'reason'>>,
): Promise<Reason[]> {
  const reasons = new Map<string, Reason>()
  for await (const row of rows) {
    const key = `${row.code}\n${row.field}`
    const known = reasons.get(key)
    if (known) known.rows++
    else reasons.set(key, { code: row.code ?? 'unknown', field: row.field, reason: row.reason ?? '', rows: 1 })
  }
  return [...reasons.values()].sort((a, b) => b.rows - a.rows)
}

const reasonsShown = 5

/** The most frequent reasons as a small table; cells are cut to the terminal. */
export function reasonLines(title: string, reasons: readonly Reason[], style: Style): string[] {
  if (reasons.length === 0) return []
  const shown = reasons.slice(0, reasonsShown)
  const hasFields = shown.some((each) => each.field !== null)
  const rows = shown.map((each) => [
    number(each.rows),
    visible(each.code),
    ...(hasFields ? [visible(each.field ?? '')] : []),
    visible(each.reason),
  ])
  const columns: Column[] = [
    { title: 'rows', align: 'right' },
    { title: 'code', shrinkTo: 12 },
    ...(hasFields ? [{ title: 'field', shrinkTo: 8 }] : []),
    { title: 'why', spare: 1, shrinkTo: 24, wraps: true },
  ]
  const more = reasons.length - reasonsShown
  return [
    title,
    ...table(columns, rows, style),
    ...(more > 0 ? [paint(style, 'dim', `  and ${counted(more, 'more reason')}`)] : []),
  ]
}

/** `✓ zendesk_users completed in 21 s` */
function headline(summary: PrintedSummary, tookMs: number | null, style: Style): string {
  const { text, format } = states[summary.status]
  const mark = format === 'green' ? '✓' : format === 'red' ? '✗' : '!'
  const took = tookMs === null ? '' : ` in ${duration(tookMs)}`
  return `${paint(style, format, mark)} ${paint(style, 'bold', visible(summary.orchestration ?? ''))} ${paint(style, format, text)}${took}`
}

type List = (...more: string[]) => string[]

/** What reading people back has shown. */
function confirmedLines({ confirmed }: PrintedSummary, style: Style, list: List): string[] {
  if (confirmed === null) return []
  const { read, seen, differing, problem } = confirmed
  const sentence = (mark: string, text: string) =>
    wrap(visible(text), Math.min(style.columns, 100) - 2).map((line, at) => `${at === 0 ? mark : ' '} ${line}`)
  const people = counted(read, 'person', 'people')
  const result =
    differing === 0
      ? sentence(paint(style, 'green', '✓'), `Delivered and seen: ${number(seen)} of ${people} read back`)
      : [
          ...sentence(
            paint(style, 'yellow', '!'),
            `Read back: ${number(seen)} of ${people} hold what was sent, ${number(differing)} ${differing === 1 ? 'does' : 'do'} not`,
          ),
          ...list('--alerts'),
        ]
  return [
    ...(read === 0 ? [] : result),
    ...(problem === null
      ? []
      : [
          ...sentence(
            paint(style, 'yellow', '!'),
            `${read === 0 ? 'Nobody' : 'Not everybody'} could be read back: ${problem.message}`,
          ),
          ...labelled(style, 'do this', problem.fix),
        ]),
  ]
}

/** What the number of rows gives to say. */
export function rowAlertLines(alerts: PrintedSummary['row_alerts'], style: Style): string[] {
  const width = style.columns === Infinity ? Infinity : Math.min(style.columns, 100) - 2
  return alerts.flatMap(({ message }) =>
    wrap(visible(message), width).map((line, index) => `${index === 0 ? paint(style, 'yellow', '!') : ' '} ${line}`),
  )
}

/** Numbers that are no outcomes of rows. */
function noteLines(summary: PrintedSummary, style: Style, list: List): string[] {
  const sentence = (text: string) => wrap(text, Math.min(style.columns, 100))
  const { warnings, adopted, exited } = summary
  return [
    ...rowAlertLines(summary.row_alerts, style),
    ...(warnings === 0
      ? []
      : [
          ...sentence(`${counted(warnings, 'row was', 'rows were')} sent without a value that could not be made valid`),
          ...list('--warnings'),
        ]),
    ...(adopted === 0
      ? []
      : sentence(
          `${counted(adopted, 'person', 'people')} had been in Zendesk before and ${adopted === 1 ? 'was' : 'were'} taken over`,
        )),
    ...(exited === 0
      ? []
      : [
          ...sentence(`Done what on_exit says for ${counted(exited, 'person', 'people')} who left the result`),
          ...list('--exits'),
        ]),
    ...confirmedLines(summary, style, list),
  ]
}

/** `run 20261121-204414-9e1c63 · 61 requests to Zendesk · 27 s of waiting` */
function runLine({ requests, waited_ms: waitedMs }: PrintedSummary, runId: string): string {
  const parts = [`run ${visible(runId)}`, `${counted(requests, 'request')} to Zendesk`]
  // Below a second nobody was made to wait.
  if (waitedMs >= 1_000) parts.push(`${duration(waitedMs)} of waiting`)
  return parts.join(' · ')
}

/** The end of `run`: what became of every row, why rows did not arrive, and what to do next. */
export function summaryLines(
  summary: PrintedSummary,
  style: Style,
  options: { reasons: { rejected: Reason[]; failed: Reason[] }; tookMs: number | null; command: CommandLine },
): string[] {
  const { rows } = summary
  const format = (outcome: string, cell: string) =>
    outcome === 'rejected' || outcome === 'failed'
      ? paint(style, 'yellow', cell)
      : outcome === 'created' || outcome === 'updated'
        ? paint(style, 'green', cell)
        : cell
  const body = outcomes
    .filter((outcome) => outcome !== 'pending' || rows.pending > 0)
    .map((outcome) => [outcome, number(rows[outcome]), rows[outcome] > 0 ? meanings[outcome] : ''])
  const columns = [
    { title: 'outcome' },
    { title: 'rows', align: 'right' as const },
    { title: '', shrinkTo: 8, spare: 1 },
  ]
  const counts = table(columns, [...body, ['total', number(rows.total), '']], style, {
    colour: (column, cell, row) =>
      column === 2
        ? paint(style, 'dim', cell)
        : row[0] === 'total'
          ? paint(style, 'bold', cell)
          : row[1] === '0'
            ? paint(style, 'dim', cell)
            : format(row[0]!, cell),
  })
  const list = (...more: string[]) =>
    summary.run_id === null
      ? []
      : [labelledCommand(style, 'list', options.command(['records', summary.run_id, ...more]))]
  const notes = noteLines(summary, style, list)
  const why = (outcome: 'rejected' | 'failed') => {
    if (rows[outcome] === 0) return []
    return [
      '',
      ...reasonLines(
        `Why ${counted(rows[outcome], 'row was', 'rows were')} ${outcome === 'failed' ? 'refused by Zendesk' : outcome}`,
        options.reasons[outcome],
        style,
      ),
      ...list('--outcome', outcome),
    ]
  }
  return [
    headline(summary, options.tookMs, style),
    ...(rows.total === 0 && summary.problem !== null ? [] : ['', ...counts]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    ...why('rejected'),
    ...why('failed'),
    ...(summary.paused && summary.orchestration !== null
      ? [
          '',
          ...wrap(
            'The orchestration is paused: its next run would send the same again. To let it run:',
            Math.min(style.columns, 100),
          ),
          labelledCommand(style, 'run', options.command(['resume', summary.orchestration])),
        ]
      : []),
    ...(summary.run_id === null ? [] : ['', paint(style, 'dim', runLine(summary, summary.run_id))]),
    ...(summary.problem === null ? [] : ['', ...problemLines(summary.problem, style, { runId: summary.run_id })]),
  ]
}

/** `deskside workflows`. */
export function workflowLines(workflows: readonly WorkflowRow[], style: Style): string[] {
  const columns = [
    { title: 'run' },
    { title: 'orchestration', shrinkTo: 10, spare: 4 },
    { title: 'status', shrinkTo: 9 },
    { title: 'started (UTC)', spare: 3 },
    { title: 'took', align: 'right' as const, spare: 6 },
    { title: 'rows', align: 'right' as const },
    { title: 'created', align: 'right' as const, spare: 5 },
    { title: 'updated', align: 'right' as const, spare: 5 },
    { title: 'unchanged', align: 'right' as const, spare: 7 },
    { title: 'rejected', align: 'right' as const, spare: 2 },
    { title: 'failed', align: 'right' as const, spare: 1 },
  ]
  const rows = workflows.map((each) => [
    visible(each.run_id),
    each.origin === 'query' ? visible(each.orchestration) : `${visible(each.orchestration)} (${each.origin})`,
    each.problem_code === null ? states[each.status].text : `${states[each.status].text}: ${each.problem_code}`,
    moment(each.started_at),
    each.ended_at === null ? '' : duration(Date.parse(each.ended_at) - Date.parse(each.started_at)),
    ...(['total', 'created', 'updated', 'unchanged', 'rejected', 'failed'] as const).map((key) =>
      number(each.rows[key]),
    ),
  ])
  const status = new Map(workflows.map((each) => [visible(each.run_id), states[each.status].format]))
  return table(columns, rows, style, {
    colour: (column, cell, row) =>
      column === 2
        ? paint(style, status.get(row[0]!) ?? 'dim', cell)
        : column > 3 && cell === '0'
          ? paint(style, 'dim', cell)
          : cell,
  })
}
