import { identifier, literal } from '../sql-text.ts'
import { type Column, type Kind, kindOf } from './columns.ts'
import type { Condition, Operand, Test } from './condition.ts'

/** How values stand in the SQL: as literals, or as parameters that are collected. */
export interface ValueWriter {
  text(value: string): string
  date(day: string): string
  integer(value: bigint): string
  number(value: number): string
  boolean(value: boolean): string
}

/** Values as literals. */
export const literals: ValueWriter = {
  text: literal,
  date: (day) => `DATE ${literal(day)}`,
  integer: String,
  // A literal with a fraction is a DECIMAL, which rounds otherwise on its way to a DOUBLE.
  number: (value) => (Number.isSafeInteger(value) ? String(value) : `CAST(${literal(String(value))} AS DOUBLE)`),
  boolean: String,
}

/** Values as `$1`, `$2`, ..., which are added to `parameters`. */
export function parameterWriter(parameters: (string | boolean)[]): ValueWriter {
  const add = (value: string | boolean) => `$${parameters.push(value)}`
  return {
    text: add,
    date: (day) => `CAST(${add(day)} AS DATE)`,
    integer: (value) => `CAST(${add(String(value))} AS BIGINT)`,
    // As text: some drivers take a number without a fraction for an integer, which has an end.
    number: (value) => `CAST(${add(String(value))} AS DOUBLE)`,
    boolean: (value) => `CAST(${add(value)} AS BOOLEAN)`,
  }
}

export interface ConditionSql {
  write: ValueWriter
  /** The day that is today; null: the day in UTC on which the SQL runs. */
  today: string | null
  /** A SELECT of the ids of a segment's members as text. */
  membersOf(segment: string): string
}

/** Longest condition that stands on one line. */
const lineWidth = 90

/**
 * A condition as SQL that is true exactly where it holds, and false or NULL elsewhere. What is negated is never NULL: in a group without
 * negations NULL and false come to the same, so that only a negation must tell them apart.
 */
export function conditionSql(condition: Condition, context: ConditionSql, indent = ''): string {
  if ('test' in condition) return testSql(condition, context)
  const word = 'all' in condition ? 'AND' : 'OR'
  const inner = condition.negated ? `${indent}  ` : indent
  const parts = ('all' in condition ? condition.all : condition.any).map((one) => {
    const deeper = 'test' in one ? inner : `${inner}  `
    const sql = conditionSql(one, context, deeper)
    return 'test' in one || one.negated ? sql : `(${sql})`
  })
  const line = parts.join(` ${word} `)
  const isShort = line.length <= lineWidth && !line.includes('\n')
  const joined = isShort ? line : parts.join(`\n${inner}${word} `)
  return condition.negated ? `NOT coalesce(${isShort ? joined : `\n${inner}${joined}\n${indent}`}, false)` : joined
}

function testSql(test: Test, context: ConditionSql): string {
  const name = identifier(test.column.name)
  const isFloat = /^(FLOAT|DOUBLE)$/.test(test.column.type)
  if (test.test === 'null') {
    // What is no number is delivered as nothing, so it counts as nothing here.
    if (isFloat) return test.negated ? `coalesce(isfinite(${name}), false)` : `NOT coalesce(isfinite(${name}), false)`
    return `${name} IS ${test.negated ? 'NOT ' : ''}NULL`
  }
  const other = test.test === 'compareColumn' && /^(FLOAT|DOUBLE)$/.test(test.other.type) ? test.other : null
  const guards = [...(isFloat ? [name] : []), ...(other === null ? [] : [identifier(other.name)])]
  if (test.negated && test.test === 'compare' && guards.length === 0)
    return compared(test.column, test.kind, 'IS DISTINCT FROM', test.with, context)
  const guarded = [...guards.map((one) => `isfinite(${one})`), positiveSql(test, context)].join(' AND ')
  if (test.negated) return `NOT coalesce(${guarded}, false)`
  return guards.length === 0 && test.test !== 'between' ? guarded : `(${guarded})`
}

function positiveSql(test: Exclude<Test, { test: 'null' }>, context: ConditionSql): string {
  const { column, kind } = test
  switch (test.test) {
    case 'compare':
      return compared(column, kind, test.operator, test.with, context)
    case 'compareColumn': {
      const otherKind = kindOf(test.other)
      const asNumber = kind !== otherKind
      return `${side(column, kind, asNumber)} ${test.operator} ${side(test.other, otherKind, asNumber)}`
    }
    case 'text': {
      const call = { contains: 'contains', beginsWith: 'starts_with', endsWith: 'ends_with' }[test.operator]
      return `${call}(${side(column, kind, false)}, ${context.write.text(test.text)})`
    }
    case 'in':
      return inSql(test.of, column, kind, context)
    case 'between':
      return `${compared(column, kind, '>=', test.low, context)} AND ${compared(column, kind, '<=', test.high, context)}`
    case 'inSegment':
      return `${asText(column)} IN (${context.membersOf(test.segment)})`
    case 'inList':
      // Named with its table: a list without the column must fail, instead of finding that of the people around it.
      return `${asText(column)} IN (SELECT CAST(listed.${identifier(column.name)} AS VARCHAR) FROM ${identifier(test.table)} AS listed)`
    default:
      return test satisfies never
  }
}

function compared(column: Column, kind: Kind, operator: string, operand: Operand, context: ConditionSql): string {
  return `${side(column, kind, operand.kind === 'number')} ${operator} ${operandSql(operand, context)}`
}

/** Whole numbers among fractions are compared as fractions, each kind with its own. */
function inSql(operands: readonly Operand[], column: Column, kind: Kind, context: ConditionSql): string {
  const groups = [operands.filter((one) => one.kind !== 'number'), operands.filter((one) => one.kind === 'number')]
  const parts = groups
    .filter((group) => group.length > 0)
    .map((group) => {
      const list = group.map((one) => operandSql(one, context)).join(', ')
      return `${side(column, kind, group[0]!.kind === 'number')} IN (${list})`
    })
  return parts.length === 1 ? parts[0]! : `(${parts.join(' OR ')})`
}

function asText({ name, type }: Column): string {
  return type === 'VARCHAR' ? identifier(name) : `CAST(${identifier(name)} AS VARCHAR)`
}

/** A column as it is compared. */
function side(column: Column, kind: Kind, asNumber: boolean): string {
  const name = identifier(column.name)
  const { type } = column
  switch (kind) {
    case 'text':
      return asText(column)
    case 'integer':
      return asNumber ? `CAST(${name} AS DOUBLE)` : name
    case 'number': {
      if (type === 'DOUBLE') return name
      const digits = Number(/^DECIMAL\((\d+)/.exec(type)?.[1] ?? Infinity)
      // Through its text, a number of many digits or a REAL becomes the DOUBLE that the text stands for.
      return digits <= 15 ? `CAST(${name} AS DOUBLE)` : `CAST(CAST(${name} AS VARCHAR) AS DOUBLE)`
    }
    case 'date':
      if (type === 'DATE') return name
      return type.endsWith('ZONE') ? `CAST(timezone('UTC', ${name}) AS DATE)` : `CAST(${name} AS DATE)`
    case 'boolean':
    case 'other':
      return name
    default:
      return kind satisfies never
  }
}

function operandSql(operand: Operand, { write, today }: ConditionSql): string {
  switch (operand.kind) {
    case 'text':
      return write.text(operand.text)
    case 'integer':
      return write.integer(operand.integer)
    case 'number':
      return write.number(operand.number)
    case 'date':
      return write.date(operand.day)
    case 'boolean':
      return write.boolean(operand.boolean)
    case 'today': {
      const now = today === null ? "CAST(timezone('UTC', now()) AS DATE)" : write.date(today)
      return operand.amount === 0 ? now : `CAST(${now} + to_${operand.unit}(${operand.amount}) AS DATE)`
    }
    default:
      return operand satisfies never
  }
}
