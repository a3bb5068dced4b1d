import { ActionIcon, Button, Select, Text } from '@mantine/core'
import { ListPlus, Plus, X } from 'lucide-react'
import { Fragment, useEffect, useRef } from 'react'
import {
  add,
  type RuleGroupProps,
  type RuleGroupType,
  type RuleGroupTypeAny,
  type RuleType,
  remove,
  update,
} from 'react-querybuilder'
import type { BuilderContext } from './builder.tsx'
import { emptyGroup, newRule, type RuleGroup } from './model.ts'
import { adderId, focusAdder, placeWords } from './places.ts'
import classes from './rules.module.css'
import { type GroupSays, groupOf, groupSays } from './words.ts'

const choices: { value: GroupSays; label: string }[] = [
  { value: 'all', label: 'all' },
  { value: 'any', label: 'at least one' },
  { value: 'none', label: 'none' },
  { value: 'notAll', label: 'not all' },
]

/** A group of rules: what it says of them, the rules, and what can be added. The outermost says nothing as long as it is empty. */
export function GroupBox(props: RuleGroupProps) {
  const { ruleGroup: given, path, schema } = props
  const group = given as RuleGroup
  const context = props.context as BuilderContext
  const isOutermost = path.length === 0
  const { rules } = group
  const between = group.combinator === 'and' ? 'and' : 'or'
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid in every browser
    <div
      className={isOutermost ? classes.outermost : classes.group}
      role="group"
      aria-label={isOutermost ? context.label : `Group ${placeWords(path)}`}
    >
      {(rules.length > 1 || !isOutermost || group.not === true) && <GroupHead {...props} />}
      {rules.length === 0 && (
        <Text size="sm" c="dimmed">
          {isOutermost ? context.empty : 'No conditions yet: this group says nothing.'}
        </Text>
      )}
      {rules.map((one, index) => (
        <Fragment key={one.id}>
          {index > 0 && (
            <span className={classes.between} aria-hidden>
              {between}
            </span>
          )}
          <Node {...props} one={one as RuleType | RuleGroupType} at={[...path, index]} />
        </Fragment>
      ))}
      <Adders {...props} schema={schema} />
    </div>
  )
}

function Node({ one, at, ...props }: RuleGroupProps & { one: RuleType | RuleGroupType; at: number[] }) {
  const { schema, actions, translations, context } = props
  const shared = { schema, actions, translations, context, path: at, ...(one.id !== undefined && { id: one.id }) }
  const { rule: Rule } = schema.controls
  return 'rules' in one ? <GroupBox {...shared} ruleGroup={one} /> : <Rule {...shared} rule={one} />
}

function GroupHead({ ruleGroup, path, schema, context: given }: RuleGroupProps) {
  const { added, of, within, tell } = given as BuilderContext
  const group = ruleGroup as RuleGroup
  const select = useRef<HTMLInputElement>(null)
  const isOutermost = path.length === 0
  useEffect(() => {
    if (added.current !== group.id) return
    added.current = null
    select.current?.focus()
  }, [added, group.id])
  const change = (says: GroupSays) => {
    const { combinator, not } = groupOf(says)
    const combined = update(schema.getQuery(), 'combinator', combinator, path)
    schema.dispatchQuery(update(combined, 'not', not, path) as RuleGroupTypeAny)
  }
  const removed = () => {
    schema.dispatchQuery(remove(schema.getQuery(), path))
    tell(`Group ${placeWords(path)} removed`)
    focusAdder(path.slice(0, -1), given as BuilderContext)
  }
  return (
    <div className={classes.groupHead}>
      <Text size="sm" component="span">
        {isOutermost ? of : within}
      </Text>
      <Select
        ref={select}
        aria-label={
          isOutermost ? 'How many of the conditions' : `How many of the conditions of group ${placeWords(path)}`
        }
        data={choices}
        value={groupSays(group)}
        onChange={(value) => value !== null && change(value as GroupSays)}
        allowDeselect={false}
        size="xs"
        w={130}
      />
      <Text size="sm" component="span">
        of these
      </Text>
      {!isOutermost && (
        <ActionIcon className={classes.groupRemove} aria-label={`Remove group ${placeWords(path)}`} onClick={removed}>
          <X size={16} />
        </ActionIcon>
      )}
    </div>
  )
}

function Adders({ path, schema, context: given }: RuleGroupProps) {
  const context = given as BuilderContext
  const where = path.length === 0 ? '' : ` to group ${placeWords(path)}`
  const adding = (isGroup: boolean) => {
    const first = newRule()
    const node = isGroup ? { ...emptyGroup(), combinator: 'or' as const, rules: [first] } : first
    context.added.current = first.id ?? null
    schema.dispatchQuery(add(schema.getQuery(), node as RuleType, path))
    context.tell(isGroup ? 'Group added' : 'Condition added')
  }
  return (
    <div className={classes.adders}>
      <Button
        id={adderId(path, context)}
        variant="subtle"
        leftSection={<Plus size={14} aria-hidden />}
        aria-label={`Add condition${where}`}
        onClick={() => adding(false)}
      >
        Add condition
      </Button>
      {path.length < 8 && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<ListPlus size={14} aria-hidden />}
          aria-label={`Add group${where}`}
          onClick={() => adding(true)}
        >
          Add group
        </Button>
      )}
    </div>
  )
}
