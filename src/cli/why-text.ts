import { type RowCode, rowReasons } from '../problem.ts'
import type { WhyChange, WhyEntry, WhyField, WhyOutcome, WhyPerson, WhyReport } from '../sync/proof/report.ts'
import type { ChangeView } from '../sync/report.ts'
import { exitActions, fieldLines, kinds, shown } from './change-text.ts'
import { problemLines } from './problem-text.ts'
import { stateText } from './summary-text.ts'
import { table } from './table.ts'
import { counted, moment, paint, type Style, shorten, visible, wrap } from './text.ts'

const origins: Record<WhyEntry['origin'], string> = { query: '', repair: ', a repair', undo: ', an undo' }

function roomOf(style: Style): number {
  return style.columns === Infinity ? Infinity : Math.min(style.columns, 100)
}

/** A sentence behind a mark, further lines indented alike. */
function marked(mark: string, text: string, indent: number, style: Style): string[] {
  return wrap(text, roomOf(style) - indent - 3).map(
    (line, index) => `${' '.repeat(indent)}${index === 0 ? mark : ' '} ${line}`,
  )
}

/** `2026-11-21 08:30:05`, or the time alone on the day of the run. */
function timeOf(at: string, startedAt: string): string {
  const [day, time] = moment(at).split(' ')
  return day === moment(startedAt).split(' ')[0] ? (time ?? '') : moment(at)
}

function reasonText(code: RowCode | null, reason: string | null): string {
  const text = visible(reason ?? (code === null ? 'no reason given' : rowReasons[code]))
  return code === null ? text : `${text.replace(/\.$/, '')} (${code})`
}

/** Zendesk's word on one attempt. */
function outcomeLines(what: string, outcome: WhyOutcome | null, entry: WhyEntry, style: Style): string[] {
  if (outcome === null)
    return marked(paint(style, 'dim', '·'), `${what}no answer: not sent, or not known yet`, 6, style)
  const at = timeOf(outcome.at, entry.started_at)
  if (outcome.status === 'failed') {
    const text = `${what}Zendesk refused it at ${at}: ${reasonText(outcome.code, outcome.reason)}`
    return marked(paint(style, 'red', '✗'), text, 6, style)
  }
  const user = outcome.zendesk_id === null ? '' : `, user ${visible(outcome.zendesk_id)}`
  return marked(paint(style, 'green', '✓'), `${what}Zendesk: ${outcome.status} at ${at}${user}`, 6, style)
}

const attempts: Record<WhyChange['follow_ups'][number]['kind'], string> = {
  whole: 'sent once more, whole; ',
  again: 'sent once more; ',
}

function changeLines(change: WhyChange, entry: WhyEntry, style: Style): string[] {
  const { mark, format, word } = kinds[change.kind]
  const view: ChangeView = {
    ...{ wave: 1, row: 0, external_id: null, email: null, name: null, zendesk_id: null },
    change: change.change,
    kind: change.kind,
    fields: change.fields,
  }
  return [
    `    ${paint(style, format, mark)} ${word}`,
    ...fieldLines(view, style, { indent: 8 }),
    ...outcomeLines('', change.outcome, entry, style),
    ...change.follow_ups.flatMap(({ kind, outcome }) => outcomeLines(attempts[kind], outcome, entry, style)),
  ]
}

/** A value of a row that was not sent, or not sent as it is. */
function rowText(row: { row: number; field: string | null; value: string | null }): string {
  const value = row.value === null ? '' : ` "${visible(row.value)}"`
  return `row ${row.row}${row.field === null ? '' : `, ${visible(row.field)}${value}`}`
}

/** What was only planned did not happen to the person, so the text has one line for it; JSON has all. */
function isOnlyPlanned(entry: WhyEntry): boolean {
  return entry.status === 'waiting'
}

function entryLines(entry: WhyEntry, style: Style): string[] {
  const { query } = entry
  if (isOnlyPlanned(entry)) {
    const text = `${visible(entry.orchestration)}${origins[entry.origin]}: plan ${visible(entry.run_id)}, not run`
    return [paint(style, 'dim', shorten(`  ${moment(entry.started_at)}  ${text}`, style.columns - 1))]
  }
  const version =
    query === null
      ? ''
      : ` · query ${visible(query.digest.slice(0, 8))}${query.changed === true ? ', changed' : query.changed === null ? ', first version' : ''}`
  const head = `${visible(entry.orchestration)}${origins[entry.origin]}`
  const detail = `run ${visible(entry.run_id)}${version} · ${stateText(entry.status)}`
  const warn = paint(style, 'yellow', '!')
  return [
    `  ${paint(style, 'bold', moment(entry.started_at))}  ${shorten(head, style.columns - 24)}`,
    `    ${paint(style, 'dim', shorten(detail, style.columns - 5))}`,
    ...entry.changes.flatMap((change) => changeLines(change, entry, style)),
    ...entry.rejected.flatMap((row) =>
      marked(warn, `not sent, ${rowText(row)}: ${reasonText(row.code, row.reason)}`, 4, style),
    ),
    ...entry.warnings.flatMap((row) =>
      marked(warn, `sent without the value, ${rowText(row)}: ${reasonText(row.code, row.reason)}`, 4, style),
    ),
    ...entry.alerts.flatMap(({ field, given, found, code, reason }) => {
      const quoted = (value: string | null) => (value === null ? 'nothing' : `"${visible(value)}"`)
      const text = `read back, ${visible(field)}: given ${quoted(given)}, found ${quoted(found)}: ${reasonText(code, reason)}`
      return marked(warn, text, 4, style)
    }),
  ]
}

const verdicts: Record<WhyField['verdict'], string> = { same: ' ', different: '≠', not_comparable: '?' }

/** What was delivered beside what is there; reasons stand below, so that the values have the room. */
function fieldTable(fields: readonly WhyField[], isRead: boolean, style: Style): string[] {
  const columns = [
    { title: ' ' },
    { title: 'field', shrinkTo: 8 },
    { title: 'delivered', shrinkTo: 8 },
    { title: 'in Zendesk', shrinkTo: 8 },
  ]
  const plain = { ...style, color: false }
  const mark = ({ verdict, delivered }: WhyField) =>
    !isRead || (verdict === 'not_comparable' && delivered === null) ? ' ' : verdicts[verdict]
  const rows = fields.map((field) => [
    mark(field),
    visible(field.field),
    shown(field.delivered, plain),
    isRead ? shown(field.found, plain) : '',
  ])
  const differing = Map.groupBy(
    fields.filter(({ code }) => isRead && code !== null),
    ({ code }) => code,
  )
  return [
    ...table(columns, rows, style, {
      colour: (column, cell, row) =>
        row[0] === '≠' && column !== 1 ? paint(style, 'yellow', cell) : cell === '∅' ? paint(style, 'dim', cell) : cell,
    }),
    ...[...differing].flatMap(([code, all]) => {
      const names = [...new Set(all.map(({ field }) => visible(field)))].join(', ')
      return marked(paint(style, 'yellow', '≠'), `${names}: ${reasonText(code, null)}`, 2, style)
    }),
    ...(rows.some(([first]) => first === '?')
      ? marked(paint(style, 'dim', '?'), 'Zendesk does not answer with this.', 2, style)
      : []),
  ]
}

/** What the account holds now beside what it was given. */
function nowLines(person: WhyPerson, style: Style): string[] {
  const { now } = person
  const title = `  ${paint(style, 'bold', 'Now')}`
  if (now.there === null) {
    const problem = now.problem === null ? [] : problemLines(now.problem, style).map((line) => `    ${line}`)
    return [
      title,
      ...marked(' ', 'The account could not be asked; this is what it was given.', 2, style),
      ...problem,
      ...fieldTable(now.fields, false, style),
    ]
  }
  if (!now.there) {
    const gone =
      person.zendesk_id === null ? 'The account has no such person.' : 'The person is not in the account any more.'
    return [title, ...marked(paint(style, 'yellow', '≠'), gone, 2, style), ...fieldTable(now.fields, false, style)]
  }
  const parts = [
    `user ${visible(now.zendesk_id ?? '')}`,
    ...(now.role === null || now.role === 'end-user' ? [] : [now.role]),
    ...(now.suspended === true ? ['suspended'] : []),
    ...(now.updated_at === null ? [] : [`last changed ${moment(now.updated_at)} UTC`]),
  ]
  return [
    title,
    `    ${paint(style, 'dim', shorten(parts.join(' · '), style.columns - 5))}`,
    ...fieldTable(now.fields, true, style),
  ]
}

function exitText(exit: string): string {
  return exit in exitActions ? exitActions[exit as keyof typeof exitActions] : visible(exit)
}

function personLines(person: WhyPerson, style: Style): string[] {
  const keys = [
    person.external_id ?? person.now.external_id,
    ...(person.emails.length > 0 ? person.emails : person.now.emails),
  ]
  const last =
    person.orchestration === null
      ? 'never delivered'
      : `last delivered by ${visible(person.orchestration)}${person.delivered_at === null ? '' : ` at ${moment(person.delivered_at)} UTC`}`
  const who = keys.flatMap((key) => (key === null ? [] : visible(key))).join(' · ')
  return [
    paint(style, 'bold', shorten(who, style.columns - 1)),
    paint(style, 'dim', shorten(`${visible(person.account)} · ${last}`, style.columns - 1)),
    ...(person.exit === null
      ? []
      : marked(paint(style, 'yellow', '!'), `Left the result of the query: ${exitText(person.exit)}.`, 0, style)),
    ...(person.older === null
      ? []
      : [
          '',
          ...marked(
            paint(style, 'dim', '·'),
            `${counted(person.older.runs, 'older run')}: ${visible(person.older.note)}`,
            2,
            style,
          ),
        ]),
    ...person.history.flatMap((entry, index) => [
      ...(isOnlyPlanned(entry) && index > 0 && isOnlyPlanned(person.history[index - 1]!) ? [] : ['']),
      ...entryLines(entry, style),
    ]),
    ...(person.history.length === 0
      ? ['', '  No run that is still known sent or refused anything of this person.']
      : []),
    '',
    ...nowLines(person, style),
  ]
}

/** `deskside why`: the history of each person whom the key means, oldest first, then what the account holds. */
export function whyLines(report: WhyReport, style: Style): string[] {
  if (report.people.length === 0) {
    const key = visible(report.key)
    return wrap(`Nobody: neither a delivery nor the account knows ${key}.`, roomOf(style))
  }
  return [
    ...report.people.flatMap((person, index) => [...(index === 0 ? [] : ['', '']), ...personLines(person, style)]),
    '',
    paint(style, 'dim', `${counted(report.requests, 'request')} to Zendesk`),
  ]
}
