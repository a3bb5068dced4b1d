import type { PlanSummary } from '../sync/report.ts'
import { changeLines, exitActions } from './change-text.ts'
import type { CommandLine } from './command-line.ts'
import { conflictLines, liveLines } from './conflict-text.ts'
import { reasonLines, rowAlertLines } from './summary-text.ts'
import { table } from './table.ts'
import {
  counted,
  duration,
  labelledCommand,
  moment,
  number,
  paint,
  type Style,
  shorten,
  visible,
  wrap,
} from './text.ts'

const samplesShown = 5
const fieldsShown = 8

const titles: Record<PlanSummary['origin'], string> = { query: 'Plan', repair: 'Repair plan', undo: 'Undo plan' }

type Count = [name: string, count: number, unit: string, note: string]

function countsOf(plan: PlanSummary): Count[] {
  const { people, rows, exits } = plan
  const adopted = plan.live?.adopts ?? 0
  const cleared = people.cleared_values > 0 ? `${counted(people.cleared_values, 'value')} cleared` : ''
  const updates = [cleared, adopted > 0 ? `${number(adopted)} of them taken over` : ''].filter((part) => part !== '')
  const further: Count[] = [
    ['rekey', people.rekeyed, 'people', 'same e-mail under a new external_id'],
    ['further e-mail', people.further_emails, 'addresses', ''],
  ]
  if (plan.origin !== 'query') {
    return [[plan.origin === 'undo' ? 'restore' : 'send again', people.update, 'people', cleared], ...further]
  }
  return [
    ['create', people.create, 'people', 'not known to this Deskside yet'],
    ['update', people.update, 'people', updates.join(', ')],
    ...further,
    ['unchanged', people.unchanged, 'people', 'nothing is sent'],
    ['left', exits?.people ?? 0, 'people', `no longer in the result: ${exitActions[exits?.action ?? 'nothing']}`],
    ['gone', exits?.already_gone ?? 0, 'people', 'no longer in the result, nor in the account: forgotten'],
    ['merged', rows.merged, 'rows', 'another row of the same person carries them'],
    ['rejected', rows.rejected, 'rows', 'not sent, for the reasons below'],
  ]
}

function countTable(plan: PlanSummary, style: Style): string[] {
  const always = new Set(['create', 'update', 'unchanged', 'restore', 'send again'])
  const units: Record<string, string> = { people: 'person', rows: 'row', addresses: 'address' }
  const shown = countsOf(plan).filter(([name, count]) => count > 0 || always.has(name))
  const body = shown.map(([name, count, unit, note]) => [
    name,
    number(count),
    count === 1 ? units[unit]! : unit,
    count > 0 ? note : '',
  ])
  const columns = [
    { title: '' },
    { title: '', align: 'right' as const },
    { title: '' },
    { title: '', spare: 1, shrinkTo: 12 },
  ]
  const formats: Record<string, 'green' | 'yellow' | 'red'> = {
    create: 'green',
    update: 'yellow',
    restore: 'yellow',
    'send again': 'yellow',
    rejected: 'yellow',
    left: 'red',
  }
  return table(columns, body, style, {
    heading: false,
    colour: (column, cell, row) =>
      row[1] === '0' || column > 1
        ? paint(style, 'dim', cell)
        : formats[row[0]!]
          ? paint(style, formats[row[0]!]!, cell)
          : cell,
  })
}

function ignoredLines(plan: PlanSummary, style: Style): string[] {
  if (plan.ignored_columns.length === 0) return []
  const width = Math.max(...plan.ignored_columns.map(({ column }) => visible(column).length))
  return [
    '',
    'Columns that are not sent',
    ...plan.ignored_columns.map(
      ({ column, did_you_mean: meant }) =>
        `  ${visible(column).padEnd(meant === null ? 0 : width)}${meant === null ? '' : `  ${paint(style, 'yellow', `did you mean ${visible(meant)}?`)}`}`,
    ),
  ]
}

function costLine(plan: PlanSummary): string {
  const { cost } = plan
  if (cost.writes === 0) return 'Nothing has to be sent.'
  const polls = cost.polls > 0 ? `, ${counted(cost.polls, 'poll')}` : ''
  const reads = cost.reads > 0 ? `, ${counted(cost.reads, 'read')}` : ''
  return `${counted(cost.requests, 'request')} (${counted(cost.writes, 'write')}${polls}${reads}), about ${duration(cost.eta_ms)} at the limits of the account.`
}

/** The first conflicts of a plan that has read the account, and the command that lists all. */
function conflictsPart(plan: PlanSummary, style: Style, command: CommandLine): string[] {
  const sample = plan.conflicts_sample.slice(0, samplesShown)
  if (sample.length === 0) return []
  const all = Math.max(plan.live?.conflicts ?? 0, sample.length)
  const title = all > sample.length ? `Conflicts, the first ${sample.length} of ${number(all)}` : 'Conflicts'
  return [
    '',
    title,
    ...sample.flatMap((conflict) => conflictLines(conflict, style)),
    labelledCommand(style, 'list', command(['conflicts', plan.plan_id])),
  ]
}

function samplePart(plan: PlanSummary, style: Style): string[] {
  const sample = plan.changes_sample.slice(0, samplesShown)
  if (sample.length === 0) return []
  return [
    '',
    `Changes, the first ${sample.length === 1 ? 'one' : sample.length}`,
    ...sample.flatMap((change) => changeLines(change, style, fieldsShown)),
  ]
}

/** The id and the commands that list the plan and run it. */
function nextPart(plan: PlanSummary, style: Style, command: CommandLine): string[] {
  const blocked = plan.guards.length > 0
  const sendsSomething = plan.cost.writes > 0
  const runArguments = ['run', plan.orchestration, '--plan', plan.plan_id, ...(blocked ? ['--approve'] : [])]
  return [
    `${paint(style, 'dim', 'plan  ')}${visible(plan.plan_id)}`,
    ...(sendsSomething
      ? [labelledCommand(style, 'list', command(['records', '--plan', plan.plan_id]), { indent: 0 })]
      : []),
    ...(sendsSomething || blocked ? [labelledCommand(style, 'run', command(runArguments), { indent: 0 })] : []),
  ]
}

/** The plan as people read it; it ends with the commands that list it whole and run it. */
export function planLines(plan: PlanSummary, style: Style, options: { command: CommandLine }): string[] {
  const { command } = options
  const width = style.columns === Infinity ? Infinity : Math.min(style.columns, 100) - 2
  const flags = [
    plan.sample === null ? '' : `first ${counted(plan.sample, 'person', 'people')} only`,
    plan.full ? 'everybody whole' : '',
  ].filter((part) => part !== '')
  const marked = (mark: string) => (text: string) =>
    wrap(visible(text), width).map((line, index) => `${index === 0 ? `${mark} ` : '  '}${line}`)
  const warnings = plan.warnings.map(({ code, field, reason, rows }) => ({ code, field, reason, rows }))
  const isShown = ({ code }: { code: string }) => plan.conflicts_sample.length > 0 && code.startsWith('conflict.')
  const rejected = plan.rejected.filter((each) => !isShown(each)).map((each) => ({ ...each, field: null }))
  const rejectedTitle = `Rows that are rejected${plan.rejected.some(isShown) ? ' for other reasons' : ''}`
  const rows = plan.origin === 'query' ? `${counted(plan.rows.total, 'row')}, ` : ''
  const people = counted(plan.people.total, 'person', 'people')
  const title = `${titles[plan.origin]} for ${visible(plan.orchestration)}`
  return [
    `${paint(style, 'bold', title)}${flags.length > 0 ? ` (${flags.join(', ')})` : ''}`,
    paint(
      style,
      'dim',
      shorten(`${visible(plan.account)} · ${rows}${people} · ${moment(plan.planned_at)} UTC`, width + 2),
    ),
    '',
    ...countTable(plan, style),
    ...(plan.live === null ? [] : ['', ...liveLines(plan.live, style)]),
    ...conflictsPart(plan, style, command),
    ...(rejected.length === 0 ? [] : ['', ...reasonLines(rejectedTitle, rejected, style)]),
    ...(warnings.length === 0 ? [] : ['', ...reasonLines('Rows that are sent without a value', warnings, style)]),
    ...ignoredLines(plan, style),
    ...(plan.notes.length === 0 ? [] : ['', ...plan.notes.flatMap(marked('·'))]),
    ...samplePart(plan, style),
    '',
    ...wrap(costLine(plan), width),
    ...(plan.row_alerts.length === 0 ? [] : ['', ...rowAlertLines(plan.row_alerts, style)]),
    ...(plan.guards.length === 0
      ? []
      : ['', ...plan.guards.map(({ message }) => message).flatMap(marked(paint(style, 'red', '!')))]),
    '',
    ...nextPart(plan, style, command),
  ]
}
