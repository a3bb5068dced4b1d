import type { FieldChange, FieldPlan } from '../destination/user-fields.ts'
import type { Json } from '../problem.ts'
import { counted, paint, type Style, shorten, visible, widthOf, wrap } from './text.ts'

const marks = {
  create_field: ['green', '+'],
  add_option: ['green', '+'],
  set: ['yellow', '~'],
  rename_option: ['yellow', '~'],
  remove_option: ['red', '-'],
  remove_field: ['red', '-'],
} as const

function quoted(value: Json): string {
  return value === null ? 'none' : typeof value === 'string' ? `"${visible(value)}"` : String(value)
}

function what(change: FieldChange): string {
  switch (change.change) {
    case 'create_field':
      return `new ${change.field.type} field ${quoted(change.field.title)}${change.field.active ? '' : ', not active'}`
    case 'set':
      return change.attribute === 'active'
        ? change.to === true
          ? 'activate'
          : 'deactivate'
        : `${change.attribute} ${quoted(change.from)} → ${quoted(change.to)}`
    case 'add_option':
      return `new option ${visible(change.value)} ${quoted(change.name)}`
    case 'rename_option':
      return `option ${visible(change.value)} ${quoted(change.from)} → ${quoted(change.to)}`
    case 'remove_option':
      return `REMOVE option ${visible(change.value)} ${quoted(change.name)}: everybody who has it loses the value`
    case 'remove_field':
      return `REMOVE this ${visible(change.type)} field ${quoted(change.title)}: everybody loses their value of it`
  }
}

/** One change as a list of applied ones shows it: `+ tier: new option gold "Gold"`. */
export function changeLine(change: FieldChange, style: Style): string {
  const [format, mark] = marks[change.change]
  return `  ${paint(style, format, mark)} ${shorten(`${visible(change.key)}: ${what(change)}`, roomOf(style) - 4)}`
}

function roomOf(style: Style): number {
  return style.columns === Infinity ? Infinity : Math.min(style.columns, 100)
}

/** A text below its heading, further lines indented like the first. */
function indented(text: string, indent: number, style: Style): string[] {
  return wrap(text, roomOf(style) - indent).map((line) => ' '.repeat(indent) + line)
}

function changeLines(change: FieldChange, style: Style): string[] {
  const [format, mark] = marks[change.change]
  const lines = indented(what(change), 6, style).map((line, index) =>
    index === 0 ? `    ${paint(style, format, mark)} ${line.trimStart()}` : line,
  )
  if (change.change !== 'create_field') return lines
  const { description, pattern, tag, relationship_target_type: target, options } = change.field
  const parts = [
    ...(description === null ? [] : [`description ${quoted(description)}`]),
    ...(pattern === null ? [] : [`pattern ${visible(pattern)}`]),
    ...(tag === null ? [] : [`tag ${visible(tag)}`]),
    ...(target === null ? [] : [`points to ${visible(target)}`]),
    ...options.map(({ value, name }) => `option ${visible(value)} ${quoted(name)}`),
  ]
  return [...lines, ...parts.flatMap((part) => indented(part, 8, style))]
}

function leftAloneLines({ left_alone: left }: FieldPlan, style: Style): string[] {
  const fields = left.fields.map(({ key, type, title, active }) => [
    visible(key),
    `${visible(type)} ${quoted(title)}${active ? '' : ', not active'}`,
  ])
  const options = left.options.map(({ key, value, name }) => [visible(key), `option ${visible(value)} ${quoted(name)}`])
  const rows = [...options, ...fields]
  if (rows.length === 0) return []
  const width = Math.min(32, Math.max(...rows.map(([key]) => widthOf(key!))))
  return [
    '',
    'In the account and not in deskside.yml: left alone',
    ...rows.map(([key, text]) => `  ${paint(style, 'dim', `${key!.padEnd(width)}  ${text}`)}`),
  ]
}

function nothingToDo(declared: number): string {
  if (declared === 0) return 'deskside.yml declares none: write them under `user_fields` of the destination.'
  return `Nothing to change: ${counted(declared, 'declared field')}, all of them as declared.`
}

/** The plan as people read it: changes by field, then what is left alone. Conflicts are a problem and shown as one. */
export function fieldPlanLines(plan: FieldPlan, destination: string, style: Style): string[] {
  const byKey = Map.groupBy(plan.changes, ({ key }) => key)
  const head = paint(style, 'bold', `User fields of ${visible(destination)}`)
  const count =
    plan.changes.length === 0
      ? plan.conflicts.length === 0
        ? [nothingToDo(plan.declared)]
        : []
      : [`${counted(plan.changes.length, 'change')} in ${counted(byKey.size, 'field')}`]
  const changes = [...byKey].flatMap(([key, all]) => [
    `  ${paint(style, 'bold', visible(key))}`,
    ...all.flatMap((change) => changeLines(change, style)),
  ])
  return [
    head,
    paint(style, 'dim', visible(plan.account)),
    ...(count.length === 0 ? [] : ['', ...count]),
    ...changes,
    ...leftAloneLines(plan, style),
    ...(plan.conflicts.length === 0 ? [] : ['']),
  ]
}
