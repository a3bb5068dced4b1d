import type { ColumnCheck } from '../app.ts'
import { problemLines } from './problem-text.ts'
import { table } from './table.ts'
import { counted, paint, type Style, visible, wrap } from './text.ts'

type Checked = ColumnCheck['columns'][number]

const nouns = { query: 'query', segment: 'segment', attributes_table: 'attributes table' } as const

const marks = {
  sent: ['green', '✓'],
  read: ['green', '✓'],
  ignored: ['yellow', '·'],
  refused: ['red', '✗'],
} as const satisfies Record<Checked['use'], readonly ['green' | 'yellow' | 'red', string]>

const verdicts = { sent: '', read: 'not sent', ignored: 'ignored', refused: 'refused' } as const

/** What it feeds or why it does not, what was meant, and what its author should know. */
function aboutColumn({ meaning, why, did_you_mean: meant, notes }: Checked): string {
  const hint = meant === null ? '' : `; did you mean ${meant}?`
  const said = `${why ?? meaning}${hint}`
  if (notes.length === 0) return said
  return [/[.?]$/.test(said) ? said : `${said}.`, ...notes].join(' ')
}

function columnTable({ columns }: ColumnCheck, style: Style): string[] {
  const cells = columns.map((one) => [
    marks[one.use][1],
    visible(one.column),
    visible(one.type),
    visible(one.becomes ?? verdicts[one.use]),
    one.personal ? 'yes' : '',
    visible(aboutColumn(one)),
  ])
  const layout = [
    { title: '' },
    { title: 'column', shrinkTo: 12 },
    { title: 'type', shrinkTo: 7 },
    { title: 'becomes', shrinkTo: 12 },
    { title: 'personal' },
    { title: '', shrinkTo: 24, wraps: true },
  ]
  const useOf = new Map(cells.map((row, index) => [row as readonly string[], columns[index]!.use]))
  return table(layout, cells, style, {
    indent: 0,
    colour: (column, cell, row) => {
      const use = useOf.get(row) ?? 'sent'
      if (column === 0 || (column === 3 && use !== 'sent' && use !== 'read')) return paint(style, marks[use][0], cell)
      return column === 2 || (column === 5 && use !== 'refused') ? paint(style, 'dim', cell) : cell
    },
  })
}

/** The check as people read it: each column, what keeps the whole from being sent, and who may send it. */
export function columnCheckLines(check: ColumnCheck, style: Style, { isOffline }: { isOffline: boolean }): string[] {
  const { sent, destination, columns, problems } = check
  const width = style.columns === Infinity ? Infinity : Math.min(style.columns, 100)
  const sentence = (text: string) => wrap(visible(text), width)
  const kind = nouns[sent.kind]
  const count = columns.filter(({ use }) => use === 'sent').length
  const title = `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${visible(sent.key)} for ${visible(destination)}`
  return [
    paint(style, 'bold', title),
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
  return isOpen
    ? `${held}; users with restricted access to personal values may send them here (limited_pii).`
    : `${held}; users with restricted access to personal values may not send them here.`
}
