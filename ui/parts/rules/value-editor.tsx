import { Autocomplete, Select, TagsInput, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { LookedColumn } from '../../api/operations.ts'
import { HIDDEN } from '../hidden.ts'
import type { RulesGround } from './builder.tsx'
import { DayEditor } from './day-editor.tsx'
import { type Kind, numberFrom, type Rule, type RuleValue, type Scalar, shapeOf } from './model.ts'
import classes from './rules.module.css'
import { scalarWords } from './words.ts'

interface ValueEditorProps {
  rule: Rule
  column: LookedColumn
  ground: RulesGround
  label: string
  isWrong: boolean
  onChange: (value: RuleValue) => void
}

/** What a condition compares with, by its operator and the kind of its column. */
export function ValueEditor(props: ValueEditorProps) {
  const { rule, column, ground, label, onChange, isWrong } = props
  if (rule.valueSource === 'field') return <OtherColumn {...props} />
  switch (shapeOf(rule.operator)) {
    case 'none':
      return null
    case 'one':
      return <One column={column} label={label} isWrong={isWrong} value={single(rule.value)} onChange={onChange} />
    case 'several':
      return <Several {...props} />
    case 'pair':
      return <Pair {...props} />
    case 'segment':
      return <Named {...props} of={ground.segments} placeholder="Choose a segment" />
    case 'list':
      return <Named {...props} of={ground.lists} placeholder="Choose a list" />
    default:
      return null
  }
}

const single = (value: RuleValue | undefined): Scalar | null =>
  Array.isArray(value) ? (value[0] ?? null) : (value ?? null)

/** Values that the column has, as far as one may see them. */
const examplesOf = (column: LookedColumn & { examples?: { value: string }[] }): string[] =>
  (column.examples ?? []).map(({ value }) => value).filter((value) => value !== HIDDEN && value !== '')

interface OneProps {
  column: LookedColumn
  label: string
  isWrong: boolean
  value: Scalar | null
  onChange: (value: Scalar | null) => void
}

function One({ column, label, isWrong, value, onChange }: OneProps) {
  const shared = { 'aria-label': label, size: 'xs', className: classes.value, error: isWrong } as const
  switch (column.kind) {
    case 'boolean':
      return (
        <Select
          {...shared}
          className={classes.short}
          data={['true', 'false']}
          value={value === null ? null : String(value)}
          placeholder="Choose"
          onChange={(text) => onChange(text === null ? null : text === 'true')}
          allowDeselect={false}
        />
      )
    case 'date':
      return <DayEditor label={label} isWrong={isWrong} value={value} onChange={onChange} />
    case 'integer':
    case 'number':
      return <NumberText {...shared} value={value} onChange={onChange} />
    case 'text':
    case 'other':
      return (
        <Autocomplete
          {...shared}
          data={examplesOf(column)}
          value={value === null || typeof value === 'object' ? '' : String(value)}
          placeholder={value === '' ? 'empty text' : 'Value'}
          onChange={(text) => onChange(text === '' ? null : text)}
          comboboxProps={{ width: 'target', position: 'bottom-start' }}
        />
      )
    default:
      return column.kind satisfies never
  }
}

/** Digits as somebody types them: `1.` is on its way to `1.5`. */
function NumberText({
  value,
  onChange,
  ...shared
}: {
  value: Scalar | null
  onChange: (value: Scalar | null) => void
}) {
  const [typed, setTyped] = useState<string | null>(null)
  const known = value === null || typeof value === 'object' ? '' : String(value)
  const shown = typed !== null && numberFrom(typed) === value ? typed : known
  return (
    <TextInput
      {...shared}
      className={classes.short}
      inputMode="decimal"
      placeholder="Number"
      value={shown}
      onChange={(event) => {
        setTyped(event.currentTarget.value)
        onChange(numberFrom(event.currentTarget.value))
      }}
    />
  )
}

function Pair({ rule, column, label, isWrong, onChange }: ValueEditorProps) {
  const ends = Array.isArray(rule.value) ? rule.value : []
  const [low = null, high = null] = ends
  return (
    <span className={classes.pair}>
      <One
        {...{ column, isWrong }}
        label={`${label}, from`}
        value={low}
        onChange={(value) => onChange([value, high])}
      />
      <Text span size="sm">
        and
      </Text>
      <One {...{ column, isWrong }} label={`${label}, to`} value={high} onChange={(value) => onChange([low, value])} />
    </span>
  )
}

/** What a tag stands for; a day that moves with the calendar stays what it is. */
function scalarOf(tag: string, kind: Kind, known: readonly Scalar[]): Scalar {
  const same = known.find((one) => tagOf(one) === tag)
  if (same !== undefined) return same
  return kind === 'integer' || kind === 'number' ? (numberFrom(tag) ?? tag) : tag
}

const tagOf = (value: Scalar): string => (typeof value === 'object' ? scalarWords(value, undefined) : String(value))

function Several({ rule, column, label, isWrong, onChange }: ValueEditorProps) {
  const known = (Array.isArray(rule.value) ? rule.value : []).filter((one) => one !== null)
  return (
    <TagsInput
      aria-label={label}
      size="xs"
      className={classes.value}
      error={isWrong}
      data={column.kind === 'text' ? examplesOf(column) : []}
      value={known.map(tagOf)}
      onChange={(tags) => onChange(tags.map((tag) => scalarOf(tag, column.kind, known)))}
      splitChars={[',', '\n', '\t']}
      acceptValueOnBlur
      placeholder={known.length === 0 ? 'Values, with commas between them' : ''}
      comboboxProps={{ width: 'target', position: 'bottom-start' }}
    />
  )
}

interface NamedProps extends ValueEditorProps {
  of: readonly { value: string; label: string }[]
  placeholder: string
}

function Named({ rule, label, isWrong, onChange, of, placeholder }: NamedProps) {
  const value = single(rule.value)
  const key = value === null ? null : String(value)
  const isUnknown = key !== null && of.every((one) => one.value !== key)
  return (
    <Select
      aria-label={label}
      size="xs"
      className={classes.value}
      error={isWrong}
      data={isUnknown ? [...of, { value: key, label: key }] : [...of]}
      value={key}
      onChange={onChange}
      placeholder={placeholder}
      nothingFoundMessage="None is there"
      searchable
      allowDeselect={false}
    />
  )
}

const isNumber = (kind: Kind) => kind === 'integer' || kind === 'number'

function OtherColumn(props: ValueEditorProps) {
  const { column, ground } = props
  const like = ({ kind, column: name }: LookedColumn) =>
    name !== column.column && (kind === column.kind || (isNumber(kind) && isNumber(column.kind)))
  const of = ground.columns.filter(like).map(({ column: name }) => ({ value: name, label: `the column ${name}` }))
  return <Named {...props} of={of} placeholder="Choose a column" />
}
