import { ActionIcon, type ComboboxItem, Menu, Select, Text } from '@mantine/core'
import { Calendar, CircleHelp, EllipsisVertical, Hash, ToggleLeft, Type, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { insert, type RuleProps, type RuleType, remove } from 'react-querybuilder'
import type { LookedColumn } from '../../api/operations.ts'
import type { BuilderContext } from './builder.tsx'
import {
  comparesColumns,
  type Kind,
  newId,
  type Operator,
  type Rule,
  type RuleMistake,
  shapeOf,
  withField,
  withOperator,
} from './model.ts'
import { focusAdder, placeWords } from './places.ts'
import classes from './rules.module.css'
import { ValueEditor } from './value-editor.tsx'
import { operatorWords, ruleWords } from './words.ts'

const kindIcons = { text: Type, integer: Hash, number: Hash, date: Calendar, boolean: ToggleLeft, other: CircleHelp }
const kindWords: Record<Kind, string> = {
  text: 'text',
  integer: 'whole number',
  number: 'number',
  date: 'date',
  boolean: 'true or false',
  other: 'structure',
}

/** What an API calls missing is not wrong yet: somebody is about to enter it. */
const isUnfinished = ({ message }: RuleMistake) => message === 'is missing' || message.startsWith('must hold at least')

/** One condition: a column, an operator and a value in one line, what is wrong with it below. */
export function RuleLine({ rule: given, path, schema, context: known }: RuleProps) {
  const rule = given as Rule
  const context = known as BuilderContext
  const { ground, mistakes, tell } = context
  const column = ground.columns.find((one) => one.column.toLowerCase() === rule.field.toLowerCase())
  const place = placeWords(path)
  const found = mistakes.get(path.join('.')) ?? []
  const replace = (next: Rule) =>
    schema.dispatchQuery(insert(schema.getQuery(), next as RuleType, path, { replace: true }))
  const removed = () => {
    schema.dispatchQuery(remove(schema.getQuery(), path))
    tell(`Condition ${place} removed`)
    focusAdder(path.slice(0, -1), context)
  }
  const duplicate = () => {
    const id = newId()
    context.added.current = id
    const next = [...path.slice(0, -1), path.at(-1)! + 1]
    schema.dispatchQuery(insert(schema.getQuery(), { ...rule, id } as RuleType, next))
    tell(`Condition ${place} duplicated`)
  }
  const wrong = found.filter((mistake) => !isUnfinished(mistake))
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a line in every browser
    <div
      className={classes.rule}
      role="group"
      aria-label={`Condition ${place}${rule.field === '' ? '' : `: ${ruleWords(rule, column?.kind)}`}`}
    >
      <div className={classes.line}>
        <FieldSelect {...{ rule, place, context, replace, column }} isWrong={wrong.some(({ at }) => at === 'field')} />
        {column !== undefined && (
          <>
            <OperatorSelect {...{ rule, place, column, replace }} />
            {shapeOf(rule.operator) !== 'none' && (
              <ValueEditor
                rule={rule}
                column={column}
                ground={ground}
                label={`Value of condition ${place}`}
                isWrong={wrong.some(({ at }) => at === 'value')}
                onChange={(value) => replace({ ...rule, value })}
              />
            )}
          </>
        )}
        <span className={classes.ends}>
          <RuleMenu {...{ rule, place, column, replace, duplicate }} />
          <ActionIcon aria-label={`Remove condition ${place}`} onClick={removed}>
            <X size={16} />
          </ActionIcon>
        </span>
      </div>
      {rule.field !== '' && found.length > 0 && (
        <Text size="xs" c={wrong.length > 0 ? 'var(--mantine-color-error)' : 'dimmed'} className={classes.mistake}>
          {wrong.length > 0 ? wrong.map(({ message }) => sentence(message)).join(' ') : 'A value is missing here.'}
        </Text>
      )}
    </div>
  )
}

function sentence(message: string): string {
  const text = message.startsWith('must') || message.startsWith('has') ? `The value ${message}` : message
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

interface Parts {
  rule: Rule
  place: string
  column: LookedColumn | undefined
  replace: (next: Rule) => void
}

function FieldSelect({
  rule,
  place,
  context,
  replace,
  column,
  isWrong,
}: Parts & { context: BuilderContext; isWrong: boolean }) {
  const { columns } = context.ground
  const input = useRef<HTMLInputElement>(null)
  const { added } = context
  useEffect(() => {
    if (added.current !== rule.id) return
    added.current = null
    input.current?.focus()
  }, [added, rule.id])
  const change = (field: string | null) => {
    const next = columns.find((one) => one.column === field)
    if (next !== undefined) replace(withField(rule, next.column, column, next))
  }
  const isUnknown = rule.field !== '' && column === undefined
  return (
    <Select
      ref={input}
      className={classes.field}
      aria-label={`Column of condition ${place}`}
      placeholder="Choose a column"
      data={columns.map(({ column: name }) => name).concat(isUnknown ? [rule.field] : [])}
      value={rule.field === '' ? null : (column?.column ?? rule.field)}
      onChange={change}
      error={isWrong || isUnknown}
      searchable
      allowDeselect={false}
      nothingFoundMessage="No such column"
      maxDropdownHeight={320}
      renderOption={({ option }) => <ColumnOption option={option} columns={columns} />}
      comboboxProps={{ width: 300, position: 'bottom-start' }}
      size="xs"
    />
  )
}

function ColumnOption({ option, columns }: { option: ComboboxItem; columns: readonly LookedColumn[] }) {
  const column = columns.find(({ column: name }) => name === option.value)
  if (column === undefined) return <span>{option.label}</span>
  const Icon = kindIcons[column.kind]
  return (
    <span className={classes.option}>
      <Icon size={14} aria-hidden />
      <span className={classes.optionName}>{option.label}</span>
      <Text span size="xs" c="dimmed">
        {kindWords[column.kind]}
        {column.pii && ', personal'}
      </Text>
    </span>
  )
}

function OperatorSelect({ rule, place, column, replace }: Parts & { column: LookedColumn }) {
  const legal: readonly Operator[] = column.operators.includes(rule.operator)
    ? column.operators
    : [...column.operators, rule.operator]
  return (
    <Select
      className={classes.operator}
      aria-label={`Comparison of condition ${place}`}
      data={legal.map((operator) => ({ value: operator, label: operatorWords(operator, column.kind) }))}
      value={rule.operator}
      onChange={(operator) => operator !== null && replace(withOperator(rule, operator as Operator))}
      error={legal !== column.operators}
      allowDeselect={false}
      maxDropdownHeight={360}
      comboboxProps={{ width: 200, position: 'bottom-start' }}
      size="xs"
    />
  )
}

function RuleMenu({ rule, place, column, replace, duplicate }: Parts & { duplicate: () => void }) {
  const isColumn = rule.valueSource === 'field'
  const { valueSource: _, ...rest } = rule
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon aria-label={`More for condition ${place}`}>
          <EllipsisVertical size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {column !== undefined && comparesColumns(rule.operator) && (
          <Menu.Item
            onClick={() =>
              replace(isColumn ? { ...rest, value: null } : { ...rule, value: null, valueSource: 'field' })
            }
          >
            {isColumn ? 'Compare with a value' : 'Compare with another column'}
          </Menu.Item>
        )}
        {column?.kind === 'text' && shapeOf(rule.operator) === 'one' && !isColumn && rule.value !== '' && (
          <Menu.Item onClick={() => replace({ ...rule, value: '' })}>Compare with empty text</Menu.Item>
        )}
        <Menu.Item onClick={duplicate}>Duplicate</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
