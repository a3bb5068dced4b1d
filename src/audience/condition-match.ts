import { type Kind, kindOf } from './columns.ts'
import type { Comparison, Condition, Operand, Test } from './condition.ts'

/** A row by its columns, in their spelling: each value as the text that the engine gives of it, NULL as null. */
export type TextRow = Readonly<Record<string, string | null>>

export interface MatchContext {
  /** The day that is today in UTC, such as 2026-02-28. */
  today: string
  isMember(segment: string, id: string): boolean
  /** Whether the column of that name in the list has this text. */
  isListed(table: string, column: string, text: string): boolean
}

/** Whether a condition holds for a row: the same answer as its SQL, in plain JavaScript. */
export function holds(condition: Condition, row: TextRow, context: MatchContext): boolean {
  if ('test' in condition) return isTrue(condition, row, context) !== condition.negated
  const answer =
    'all' in condition
      ? condition.all.every((one) => holds(one, row, context))
      : condition.any.some((one) => holds(one, row, context))
  return answer !== condition.negated
}

function isTrue(test: Test, row: TextRow, context: MatchContext): boolean {
  const text = row[test.column.name] ?? null
  const value = text === null ? null : read(text, test.kind)
  if (test.test === 'null') return value === null
  if (text === null || value === null) return false
  const compare = (operator: Comparison, operand: Operand) => {
    const asNumber = operand.kind === 'number' && typeof value === 'bigint'
    return answers(operator, order(asNumber ? Number(value) : value, comparableOf(operand, context.today)))
  }
  switch (test.test) {
    case 'compare':
      return compare(test.operator, test.with)
    case 'compareColumn': {
      const otherText = row[test.other.name] ?? null
      const other = otherText === null ? null : read(otherText, kindOf(test.other))
      if (other === null) return false
      const asNumber = typeof value !== typeof other
      return answers(test.operator, asNumber ? order(Number(value), Number(other)) : order(value, other))
    }
    case 'text':
      if (test.operator === 'contains') return text.includes(test.text)
      return test.operator === 'beginsWith' ? text.startsWith(test.text) : text.endsWith(test.text)
    case 'in':
      return test.of.some((one) => compare('=', one))
    case 'between':
      return compare('>=', test.low) && compare('<=', test.high)
    case 'inSegment':
      return context.isMember(test.segment, text)
    case 'inList':
      return context.isListed(test.table, test.column.name, text)
    default:
      return test satisfies never
  }
}

/** Year, month and day; years before Christ are negative, and ends of time infinite. */
type Day = readonly [year: number, month: number, day: number]

type Value = string | bigint | number | boolean | Day

/** Null for a text that is no value, such as NaN. */
function read(text: string, kind: Kind): Value | null {
  switch (kind) {
    case 'integer':
      return BigInt(text)
    case 'number': {
      const number = Number(text)
      return Number.isFinite(number) ? number : null
    }
    case 'date':
      return dayOf(text)
    case 'boolean':
      return text === 'true'
    case 'text':
    case 'other':
      return text
    default:
      return kind satisfies never
  }
}

function dayOf(text: string): Day {
  if (/^-?infinity$/.test(text)) return [text.startsWith('-') ? -Infinity : Infinity, 1, 1]
  const zone = /([+-])(\d{2})(?::?(\d{2}))?$/.exec(text.slice(10))
  const moment = /^(\d+)-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}))?/.exec(text)!
  const year = text.includes('(BC)') ? 1 - Number(moment[1]) : Number(moment[1])
  const day: Day = [year, Number(moment[2]), Number(moment[3])]
  if (zone === null) return day
  const offset = (zone[1] === '-' ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3] ?? 0))
  const date = new Date(0)
  date.setUTCFullYear(year, Number(moment[2]) - 1, Number(moment[3]))
  date.setUTCHours(Number(moment[4]), Number(moment[5]) - offset)
  return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
}

function comparableOf(operand: Operand, today: string): Value {
  switch (operand.kind) {
    case 'text':
      return operand.text
    case 'integer':
      return operand.integer
    case 'number':
      return operand.number
    case 'boolean':
      return operand.boolean
    case 'date':
      return dayOf(operand.day)
    case 'today':
      return moved(dayOf(today), operand.amount, operand.unit)
    default:
      return operand satisfies never
  }
}

/** A month after 31 January is the last day of February. */
function moved([year, month, day]: Day, amount: number, unit: 'days' | 'months' | 'years'): Day {
  const date = new Date(0)
  if (unit === 'days') date.setUTCFullYear(year, month - 1, day + amount)
  else {
    const months = month - 1 + (unit === 'years' ? 12 * amount : amount)
    const last = new Date(0)
    last.setUTCFullYear(year, months + 1, 0)
    date.setUTCFullYear(year, months, Math.min(day, last.getUTCDate()))
  }
  return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
}

/** Less than, equal to or more than 0. Texts stand in the order of their code points, which is that of their bytes in UTF-8. */
function order(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (Array.isArray(a) && Array.isArray(b)) {
    const place = a.findIndex((part, index) => part !== b[index])
    return place < 0 ? 0 : order(a[place], b[place])
  }
  return a < b ? -1 : a > b ? 1 : 0
}

function answers(operator: Comparison, found: number): boolean {
  switch (operator) {
    case '=':
      return found === 0
    case '<':
      return found < 0
    case '<=':
      return found <= 0
    case '>':
      return found > 0
    case '>=':
      return found >= 0
    default:
      return operator satisfies never
  }
}
