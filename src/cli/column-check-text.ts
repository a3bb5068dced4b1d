import type { ColumnCheck } from '../app.ts'
import { problemLines } from './problem-text.ts'
import { table } from './table.ts'
import { counted, paint, type Style, visible, wrap } from './text.ts'

type Checked = ColumnCheck['columns'][number]

const nouns = { query: 'Query', segment: 'Segment', attributes_table: 'Attributes table' } as const

const marks = {
  sent: ['green', '✓'],
  noted: ['yellow', '!'],
  ignored: ['yellow', '·'],
  refused: ['red', '✗'],
} as const satisfies Record<string, readonly ['green' | 'yellow' | 'red', string]>

function markOf({ use, notes }: Checked): (typeof marks)[keyof typeof marks] {
  if (use === 'ignored' || use === 'refused') return marks[use]
  return notes.length === 0 ? marks.sent : marks.noted
}

/** What it feeds, or that it feeds nothing and why; what was meant, and what its author should know. */
function becomes(one: Checked): string {
  const { column, use, becomes: attribute, meaning, why, did_you_mean: meant, notes } = one
  const hint = meant === null ? '' : `; did you mean ${meant}?`
  // Problems stand below, whole.
  if (use === 'refused') return `refused, see below${hint}`
  const name = attribute === null || attribute === column ? '' : `${attribute}: `
  const said = use === 'ignored' ? `ignored: ${why}${hint}` : `${name}${meaning}`
  return notes.length === 0 ? said : [said.endsWith('?') ? said : `${said}.`, ...notes].join(' ')
}

function columnTable({ columns }: ColumnCheck, style: Style): string[] {
  const cells = columns.map((one): readonly string[] => [
    `${markOf(one)[1]} ${visible(one.column)}`,
    visible(one.type),
    one.personal ? 'yes' : '',
    visible(becomes(one)),
  ])
  const layout = [
    { title: '  column', shrinkTo: 14 },
    { title: 'type', shrinkTo: 7, spare: 1 },
    { title: 'personal', spare: 2 },
    { title: 'becomes', shrinkTo: 20, wraps: true },
  ]
  const checkedOf = new Map(cells.map((row, index) => [row, columns[index]!]))
  return table(layout, cells, style, {
    indent: 0,
    colour(column, cell, row) {
      const one = checkedOf.get(row)!
      const [format, mark] = markOf(one)
      if (column === 0) return paint(style, format, mark) + cell.slice(mark.length)
      if (column === 3 && one.use === 'refused') return paint(style, format, cell)
      return column === 2 ? cell : paint(style, 'dim', cell)
    },
  })
}

/** The check as people read it: each column, what keeps the whole from being sent, and who may send it. */
export function columnCheckLines(check: ColumnCheck, style: Style, { isOffline }: { isOffline: boolean }): string[] {
  const { sent, destination, columns, problems } = check
  const width = style.columns === Infinity ? Infinity : Math.min(style.columns, 100)
  const sentence = (text: string) => wrap(visible(text), width)
  const count = columns.filter(({ use }) => use === 'sent').length
  const title = sent === null ? 'SQL' : `${nouns[sent.kind]} ${visible(sent.key)}`
  return [
    paint(style, 'bold', `${title} for ${visible(destination)}`),
    '',
    ...columnTable(check, style),
    ...problems.flatMap((problem) => ['', ...problemLines(problem, { ...style, columns: width })]),
    '',
    ...sentence(
      problems.length === 0
        ? `${count} of ${counted(columns.length, 'column')} would be sent.`
        : `Nothing can be sent as it is: ${counted(problems.length, 'problem')}.`,
    ),
    ...(check.live
      ? []
      : sentence(`The account was not ${isOffline ? 'asked' : 'read'}: user fields are taken as they are named.`)),
    ...sentence(piiSentence(check)),
  ]
}

function piiSentence({ columns, limited_pii: isOpen, may_send: maySend }: ColumnCheck): string {
  const personal = columns.filter((one) => one.personal && one.use === 'sent').length
  const held = `${counted(personal, 'column that is sent is', 'columns that are sent are')} personal`
  if (!maySend) return `${held}, and you may not send personal values to this destination.`
  return `${held}. In a server, users with restricted access to personal values may ${isOpen ? '' : 'not '}send to this destination.`
}
