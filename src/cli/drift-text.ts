import { rowReasons } from '../problem.ts'
import type { DriftLine, DriftReport, UndoReport } from '../sync/proof/report.ts'
import type { CommandLine } from './command-line.ts'
import { planLines } from './plan-text.ts'
import { type Column, table } from './table.ts'
import {
  counted,
  labelledCommand,
  moment,
  number,
  paint,
  requestsFor,
  type Style,
  shorten,
  visible,
  wrap,
} from './text.ts'

const fieldsShown = 10

const countColumns: Column[] = [{ title: '' }, { title: '', align: 'right' }, { title: '' }, { title: '', spare: 1 }]

/** Counts with a unit and a note; what is none is dim. */
function countLines(rows: readonly (readonly [string, number, string, string])[], style: Style): string[] {
  const body = rows.map(([name, count, unit, note]) => [name, number(count), unit, count > 0 ? note : ''])
  return table(countColumns, body, style, {
    heading: false,
    colour: (column, cell, row) => (row[1] === '0' || column > 1 ? paint(style, 'dim', cell) : cell),
  })
}

function headLines(title: string, parts: readonly string[], style: Style): string[] {
  return [
    paint(style, 'bold', title),
    paint(style, 'dim', shorten(parts.join(' · '), Math.min(style.columns, 100) - 1)),
  ]
}

const person = (count: number) => (count === 1 ? 'person' : 'people')

/** The most frequent differences by field and reason. */
function differenceLines(report: DriftReport, style: Style): string[] {
  const shown = report.fields.slice(0, fieldsShown)
  const more = report.fields.length - shown.length
  const columns: Column[] = [
    { title: 'people', align: 'right' },
    { title: 'field', shrinkTo: 8 },
    { title: 'code', shrinkTo: 12 },
    { title: 'why', spare: 1, shrinkTo: 24, wraps: true },
  ]
  const rows = shown.map(({ field, code, people }) => [number(people), visible(field), code, rowReasons[code]])
  return [
    'What differs',
    ...table(columns, rows, style),
    ...(more > 0 ? [paint(style, 'dim', `  and ${counted(more, 'more difference')}`)] : []),
  ]
}

/** The first people of a drift, a line per field. */
export function driftedLines(first: readonly DriftLine[], style: Style): string[] {
  const columns: Column[] = [
    { title: 'external_id', shrinkTo: 8 },
    { title: 'email', shrinkTo: 12, spare: 2 },
    { title: 'field', shrinkTo: 8 },
    { title: 'delivered', shrinkTo: 8 },
    { title: 'in Zendesk', shrinkTo: 8 },
  ]
  const text = (value: string | null) => (value === null ? '∅' : visible(value))
  const rows = first.map((line) => [
    visible(line.external_id ?? ''),
    visible(line.email ?? ''),
    visible(line.field),
    text(line.delivered),
    text(line.found),
  ])
  return table(columns, rows, style)
}

/** What drift found, and what would repair it. A repair that was run has its own summary. */
export function driftLines(
  report: DriftReport,
  first: readonly DriftLine[],
  style: Style,
  options: { command: CommandLine },
): string[] {
  const { people, plan, drift_id: id } = report
  const read = `read ${moment(report.read_at)} UTC`
  const head = headLines(`Drift of ${visible(report.orchestration)}`, [visible(report.account), read], style)
  const counts = countLines(
    [
      ['read', people.read, person(people.read), `with ${requestsFor(report.requests, people.read)}`],
      ['drifted', people.drifted, person(people.drifted), 'do not hold what was delivered'],
      ['gone', people.gone, person(people.gone), 'not in the account any more; counted as drifted too'],
    ].filter(([name, count]) => name !== 'gone' || count !== 0) as [string, number, string, string][],
    style,
  )
  if (id === null) {
    const none = people.read === 0 ? 'Nobody has been delivered yet.' : 'Everybody holds what was delivered.'
    return [...head, '', ...counts, '', `${paint(style, 'green', '✓')} ${none}`]
  }
  const width = style.columns === Infinity ? Infinity : Math.min(style.columns, 100)
  const repair =
    plan === null
      ? wrap('Sending again would not repair any of it: see the reasons.', width)
      : [
          ...wrap(
            `To send again what was delivered to ${counted(plan.people.total, 'person', 'people')}: look at the changes, then run them.`,
            width,
          ),
          labelledCommand(style, 'list', options.command(['records', '--plan', plan.plan_id])),
          labelledCommand(style, 'run', options.command(['run', report.orchestration, '--plan', plan.plan_id])),
        ]
  return [
    ...head,
    '',
    ...counts,
    '',
    ...differenceLines(report, style),
    '',
    first.length < report.fields.reduce((sum, { people: n }) => sum + n, 0)
      ? `The first ${first.length === 1 ? 'difference' : counted(first.length, 'difference')}`
      : 'Who differs',
    ...driftedLines(first, style),
    labelledCommand(style, 'list', options.command(['records', id, '--drift'])),
    ...(report.repair === null ? ['', ...repair] : []),
  ]
}

/** What an undo would restore and what it leaves, and the plan that does it. */
export function undoLines(report: UndoReport, style: Style, options: { command: CommandLine }): string[] {
  const { fields, people, plan } = report
  const width = style.columns === Infinity ? Infinity : Math.min(style.columns, 100)
  return [
    ...headLines(
      `Undo of run ${visible(report.undone_run)}`,
      [
        visible(report.orchestration),
        `${counted(people.read, 'person', 'people')} read back`,
        requestsFor(report.requests, people.read),
      ],
      style,
    ),
    '',
    ...countLines(
      [
        [
          'restore',
          fields.restored,
          fields.restored === 1 ? 'field' : 'fields',
          `of ${counted(people.restored, 'person', 'people')}`,
        ],
        ['already', fields.already, fields.already === 1 ? 'field' : 'fields', 'as before the run'],
        ['leave', fields.left, fields.left === 1 ? 'field' : 'fields', 'for the reasons below'],
      ],
      style,
    ),
    ...(report.rest.length === 0
      ? []
      : ['', labelledCommand(style, 'left', options.command(['records', plan.plan_id, '--left']))]),
    '',
    ...(plan.cost.writes > 0
      ? planLines(plan, style, options)
      : [
          ...report.rest.flatMap(({ lines, reason }) =>
            wrap(`${number(lines)} × ${visible(reason)}`, width - 2).map(
              (line, at) => `${at === 0 ? '·' : ' '} ${line}`,
            ),
          ),
          `${paint(style, 'green', '✓')} There is nothing to restore.`,
        ]),
  ]
}
