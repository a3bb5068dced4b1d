import type { Conflict, LiveSummary } from '../sync/report.ts'
import { table } from './table.ts'
import { counted, labelled, number, paint, requestsFor, type Style, shorten, visible, widthOf } from './text.ts'

/** What reading the account before sending has shown. */
export function liveLines(live: LiveSummary, style: Style): string[] {
  const people = counted(live.people, 'person', 'people')
  const scopes = {
    everybody: 'who would be sent',
    first_contact: 'who were never delivered before',
    ownership: 'with a field that is only filled where it is empty',
  }
  const who = `${people} ${scopes[live.read]}`
  const counts: [string, number, string][] = [
    ['new', live.creates, 'not in the account'],
    ['known', live.updates, 'in the account, and something differs'],
    ['adopted', live.adopts, 'in the account under their e-mail: taken over'],
    ['equal', live.equal, 'the account holds it all: nothing is sent'],
    ['conflict', live.conflicts, 'not sent: somebody has to decide, see below'],
  ]
  const body = counts.map(([name, count, note]) => [name, number(count), count > 0 ? note : ''])
  const columns = [{ title: '' }, { title: '', align: 'right' as const }, { title: '', spare: 1, shrinkTo: 12 }]
  return [
    shorten(`Looked up in Zendesk: ${who} (${requestsFor(live.requests, live.people)})`, style.columns - 1),
    ...table(columns, body, style, {
      heading: false,
      colour: (column, cell, row) =>
        row[1] === '0' || column === 2
          ? paint(style, 'dim', cell)
          : row[0] === 'conflict'
            ? paint(style, 'yellow', cell)
            : cell,
    }),
  ]
}

/** One conflict as a desk shows a case: who, why, and what would solve it. A table would cut both sentences. */
export function conflictLines(conflict: Conflict, style: Style): string[] {
  const who = [conflict.name, conflict.external_id, conflict.email].filter((part) => part !== null).map(visible)
  const tail = `row ${conflict.row}, ${conflict.code}`
  const head = shorten(who.join(' · '), Math.max(20, style.columns - widthOf(tail) - 7))
  return [
    `  ${paint(style, 'yellow', '!')} ${head}  ${paint(style, 'dim', tail)}`,
    ...labelled(style, 'why', conflict.reason, { indent: 6, width: 5 }),
    ...labelled(style, 'do', conflict.action, { indent: 6, width: 5 }),
  ]
}

/** Every conflict of a plan, then how many there are. */
export async function* conflictTexts(conflicts: AsyncIterable<Conflict>, style: Style): AsyncGenerator<string> {
  let count = 0
  for await (const conflict of conflicts) {
    count++
    yield `${conflictLines(conflict, style).join('\n')}\n`
  }
  yield count === 0
    ? 'No conflicts. A plan finds them when it is made with --live, or with `live` in deskside.yml.\n'
    : `\n${counted(count, 'conflict')}\n`
}
