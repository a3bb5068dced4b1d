import type { ChangeKind, ChangeView, FieldChange, OnExit } from '../sync/report.ts'
import { counted, pad, paint, type Style, shorten, visible, widthOf } from './text.ts'

interface Kind {
  mark: string
  format: 'green' | 'yellow' | 'cyan' | 'red'
  word: string
  /** A value that was not there before needs no `∅ →`. */
  isNew: boolean
}

export const kinds: Record<ChangeKind, Kind> = {
  create: { mark: '+', format: 'green', word: 'create', isNew: true },
  update: { mark: '~', format: 'yellow', word: 'update', isNew: false },
  adopt: { mark: '=', format: 'cyan', word: 'take over', isNew: false },
  rekey: { mark: '»', format: 'cyan', word: 'rekey', isNew: true },
  restore: { mark: '«', format: 'yellow', word: 'restore', isNew: false },
  email: { mark: '@', format: 'cyan', word: 'further e-mail', isNew: true },
  primary_email: { mark: '@', format: 'cyan', word: 'primary e-mail', isNew: true },
  remove_email: { mark: '-', format: 'red', word: 'remove e-mail', isNew: false },
  primary_phone: { mark: '~', format: 'cyan', word: 'primary phone', isNew: false },
  tags: { mark: '#', format: 'cyan', word: 'tags', isNew: true },
  membership: { mark: '&', format: 'cyan', word: 'organization', isNew: true },
  exit: { mark: '-', format: 'red', word: 'left the result', isNew: false },
  delete: { mark: '-', format: 'red', word: 'DELETE', isNew: false },
}

/** What becomes of people who left the result, as a part of a sentence. */
export const exitActions: Record<OnExit, string> = {
  nothing: 'left as they are',
  clear_fields: 'what they were given is cleared',
  remove_tags: 'the tags they were given are removed',
  suspend: 'suspended',
  delete: 'DELETED in Zendesk',
}

/** A value, or the sign for none. */
export function shown(value: string | null, style: Style): string {
  return value === null ? paint(style, 'dim', '∅') : visible(value)
}

/** Tags that are added and taken away: the others of a long set do not matter. Null: it is no change of tags. */
function tagsLine(change: ChangeView, field: FieldChange): string | null {
  if (change.kind !== 'tags' || field.field !== 'tags') return null
  const [before, after] = [field.old, field.new].map((text) => (text ?? '').split(' ').filter((tag) => tag !== ''))
  const added = after!.filter((tag) => !before!.includes(tag)).map((tag) => `+${tag}`)
  const removed = before!.filter((tag) => !after!.includes(tag)).map((tag) => `-${tag}`)
  const differing = [...added, ...removed]
  return visible((differing.length === 0 ? after! : differing).join(' '))
}

/** `old → new`, each side cut to its share of `room` if both do not fit: a value may be a whole note. */
export function valueLine(change: ChangeView, field: FieldChange, style: Style, room: number): string {
  const tags = tagsLine(change, field)
  if (tags !== null) return shorten(tags, room)
  const isNew = field.old === null && kinds[change.kind].isNew
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

/** Each field as `old → new`, indented; on a narrow terminal the values stand below their field. */
export function fieldLines(
  change: ChangeView,
  style: Style,
  options: { indent: number; maxFields?: number },
): string[] {
  const { indent, maxFields = Number.POSITIVE_INFINITY } = options
  const space = ' '.repeat(indent)
  const fields = change.fields.slice(0, maxFields)
  const nameWidth = Math.min(32, Math.max(0, ...fields.map((field) => widthOf(visible(field.field)))))
  const isNarrow = style.columns - nameWidth < 40
  const lines = fields.flatMap((field) => {
    const name = paint(style, 'dim', pad(shorten(visible(field.field), nameWidth), isNarrow ? 0 : nameWidth))
    if (isNarrow) return [`${space}${name}`, `${space}  ${valueLine(change, field, style, style.columns - indent - 3)}`]
    return [`${space}${name}  ${valueLine(change, field, style, style.columns - nameWidth - indent - 3)}`]
  })
  const hidden = change.fields.length - fields.length
  return [...lines, ...(hidden > 0 ? [paint(style, 'dim', `${space}and ${counted(hidden, 'more field')}`)] : [])]
}

/** One change: who, then its fields. */
export function changeLines(change: ChangeView, style: Style, maxFields = Number.POSITIVE_INFINITY): string[] {
  const { mark, format, word } = kinds[change.kind]
  const who = [change.name, change.external_id, change.email].filter((part) => part !== null).map(visible)
  const head = shorten(`${word}  ${who.join(' · ')}`, style.columns - 5)
  return [`  ${paint(style, format, mark)} ${head}`, ...fieldLines(change, style, { indent: 6, maxFields })]
}
