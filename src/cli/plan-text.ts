import type { ChangeView, FieldChange, PlanSummary } from '../sync/report.ts'
import type { CommandLine } from './command-line.ts'
import { reasonLines } from './summary-text.ts'
import { table } from './table.ts'
import {
  counted,
  duration,
  labelledCommand,
  moment,
  number,
  pad,
  paint,
  type Style,
  shorten,
  visible,
  widthOf,
  wrap,
} from './text.ts'

const kinds: Record<ChangeView['kind'], { mark: string; format: 'green' | 'yellow' | 'cyan'; word: string }> = {
  create: { mark: '+', format: 'green', word: 'create' },
  update: { mark: '~', format: 'yellow', word: 'update' },
  rekey: { mark: '»', format: 'cyan', word: 'rekey' },
  email: { mark: '@', format: 'cyan', word: 'further e-mail' },
}

const samplesShown = 5
const fieldsShown = 8

/** `old → new`, each side cut to its share of `room` if both do not fit: a value may be a whole note. */
function valueLine(change: ChangeView, field: FieldChange, style: Style, room: number): string {
  const isNew = field.old === null && change.kind !== 'update'
  const sides = (isNew ? [field.new] : [field.old, field.new]).map((value) => (value === null ? null : visible(value)))
  const arrowWidth = isNew ? 0 : 3
  const widths = sides.map((side) => (side === null ? 1 : widthOf(side)))
  const [oldWidth = 0, newWidth = 0] = widths
  const available = Math.max(8, room - arrowWidth)
  const half = Math.floor(available / 2)
  const oldRoom = isNew ? available : newWidth <= half ? available - newWidth : Math.min(oldWidth, half)
  const rooms = isNew ? [available] : [oldRoom, available - Math.min(oldWidth, oldRoom)]
  return sides
    .map((side, index) => (side === null ? paint(style, 'dim', '∅') : shorten(side, rooms[index]!)))
    .join(paint(style, 'dim', ' → '))
}

/** One change: who, then each field as `old → new`; on a narrow terminal the values stand below their field. */
export function changeLines(change: ChangeView, style: Style, maxFields = Number.POSITIVE_INFINITY): string[] {
  const { mark, format, word } = kinds[change.kind]
  const who = [change.name, change.external_id, change.email].filter((part) => part !== null).map(visible)
  const head = shorten(`${word}  ${who.join(' · ')}`, style.columns - 5)
  const fields = change.fields.slice(0, maxFields)
  const nameWidth = Math.min(32, Math.max(0, ...fields.map((field) => widthOf(visible(field.field)))))
  const isNarrow = style.columns - nameWidth < 40
  const lines = fields.flatMap((field) => {
    const name = paint(style, 'dim', pad(shorten(visible(field.field), nameWidth), isNarrow ? 0 : nameWidth))
    if (isNarrow) return [`      ${name}`, `        ${valueLine(change, field, style, style.columns - 9)}`]
    return [`      ${name}  ${valueLine(change, field, style, style.columns - nameWidth - 9)}`]
  })
  const hidden = change.fields.length - fields.length
  return [
    `  ${paint(style, format, mark)} ${head}`,
    ...lines,
    ...(hidden > 0 ? [paint(style, 'dim', `      and ${counted(hidden, 'more field')}`)] : []),
  ]
}

function countTable(plan: PlanSummary, style: Style): string[] {
  const { people, rows } = plan
  const counts: [string, number, string, string][] = [
    ['create', people.create, 'people', 'not known to this Deskside yet'],
    [
      'update',
      people.update,
      'people',
      people.cleared_values > 0 ? `${counted(people.cleared_values, 'value')} cleared` : '',
    ],
    ['rekey', people.rekeyed, 'people', 'same e-mail under a new external_id'],
    ['further e-mail', people.further_emails, 'addresses', ''],
    ['unchanged', people.unchanged, 'people', 'nothing is sent'],
    ['merged', rows.merged, 'rows', 'another row of the same person carries them'],
    ['rejected', rows.rejected, 'rows', 'not sent, for the reasons below'],
  ]
  const always = new Set(['create', 'update', 'unchanged'])
  const shown = counts.filter(([name, count]) => count > 0 || always.has(name))
  const body = shown.map(([name, count, unit, note]) => [name, number(count), unit, count > 0 ? note : ''])
  const columns = [
    { title: '' },
    { title: '', align: 'right' as const },
    { title: '' },
    { title: '', spare: 1, shrinkTo: 12 },
  ]
  const formats: Record<string, 'green' | 'yellow'> = { create: 'green', update: 'yellow', rejected: 'yellow' }
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

/** The plan as people read it. `next` ends it with the commands that run it and list it whole. */
export function planLines(plan: PlanSummary, style: Style, options: { command: CommandLine }): string[] {
  const width = style.columns === Infinity ? Infinity : Math.min(style.columns, 100) - 2
  const flags = [
    plan.sample === null ? '' : `first ${counted(plan.sample, 'person', 'people')} only`,
    plan.full ? 'everybody whole' : '',
  ].filter((part) => part !== '')
  const sentence = (text: string) =>
    wrap(visible(text), width).map((line, index) => `${index === 0 ? '· ' : '  '}${line}`)
  const guards = plan.guards.flatMap((guard) =>
    wrap(visible(guard.message), width).map(
      (line, index) => `${index === 0 ? `${paint(style, 'red', '!')} ` : '  '}${line}`,
    ),
  )
  const warnings = plan.warnings.map((each) => ({
    code: each.code,
    field: each.field,
    reason: each.reason,
    rows: each.rows,
  }))
  const rejected = plan.rejected.map((each) => ({ ...each, field: null }))
  const sample = plan.changes_sample.slice(0, samplesShown)
  const sendsSomething = plan.people.create + plan.people.update + plan.people.rekeyed + plan.people.further_emails > 0
  const blocked = plan.guards.length > 0
  const runArguments = ['run', plan.orchestration, '--plan', plan.plan_id, ...(blocked ? ['--approve'] : [])]
  return [
    `${paint(style, 'bold', `Plan for ${visible(plan.orchestration)}`)}${flags.length > 0 ? ` (${flags.join(', ')})` : ''}`,
    paint(
      style,
      'dim',
      shorten(
        `${visible(plan.account)} · ${counted(plan.rows.total, 'row')}, ${counted(plan.people.total, 'person', 'people')} · ${moment(plan.planned_at)} UTC`,
        width + 2,
      ),
    ),
    '',
    ...countTable(plan, style),
    ...(rejected.length === 0 ? [] : ['', ...reasonLines('Rows that are rejected', rejected, style)]),
    ...(warnings.length === 0 ? [] : ['', ...reasonLines('Rows that are sent without a value', warnings, style)]),
    ...ignoredLines(plan, style),
    ...(plan.notes.length === 0 ? [] : ['', ...plan.notes.flatMap(sentence)]),
    ...(sample.length === 0
      ? []
      : [
          '',
          `Changes, the first ${sample.length === 1 ? 'one' : sample.length}`,
          ...sample.flatMap((change) => changeLines(change, style, fieldsShown)),
        ]),
    '',
    ...wrap(costLine(plan), width),
    ...(guards.length === 0 ? [] : ['', ...guards]),
    '',
    `${paint(style, 'dim', 'plan  ')}${visible(plan.plan_id)}`,
    ...(sendsSomething
      ? [labelledCommand(style, 'list', options.command(['records', '--plan', plan.plan_id]), { indent: 0 })]
      : []),
    ...(sendsSomething || blocked ? [labelledCommand(style, 'run', options.command(runArguments), { indent: 0 })] : []),
  ]
}
