import { VisuallyHidden } from '@mantine/core'
import { useRef, useState } from 'react'
import { type Controls, type FullField, QueryBuilder, type RuleGroupType } from 'react-querybuilder'
import type { LookedColumn } from '../../api/operations.ts'
import { GroupBox } from './group-box.tsx'
import { type MistakesByRule, newId, type RuleGroup } from './model.ts'
import { RuleLine } from './rule-line.tsx'
import classes from './rules.module.css'

/** What rules can name. */
export interface RulesGround {
  columns: readonly LookedColumn[]
  segments: readonly { value: string; label: string }[]
  lists: readonly { value: string; label: string }[]
}

export interface RulesBuilderProps {
  /** What the rules are about, for whoever hears them: `Who is in it`. */
  label: string
  /** Before how many of the conditions: `People who meet`, `Records that meet`. */
  of: string
  /** The same of a group within: `whoever meets`. */
  within: string
  value: RuleGroup
  onChange: (value: RuleGroup) => void
  ground: RulesGround
  mistakes: MistakesByRule
  /** What stands in the place of rules where there are none. */
  empty: string
}

/** What every part of the builder knows. */
export interface BuilderContext
  extends Pick<RulesBuilderProps, 'ground' | 'mistakes' | 'of' | 'within' | 'empty' | 'label'> {
  /** Id of the node that was added last, which takes the focus. */
  added: { current: string | null }
  /** Tells those who listen what was done. */
  tell: (what: string) => void
}

const controls = { rule: RuleLine, ruleGroup: GroupBox } as unknown as Partial<Controls<FullField, string>>

/** Rules as lines that read as sentences, in groups. react-querybuilder keeps the tree, everything that is seen is ours. */
export function RulesBuilder({ value, onChange, ...shared }: RulesBuilderProps) {
  const { ground } = shared
  const added = useRef<string | null>(null)
  const [told, setTold] = useState('')
  const context: BuilderContext = { ...shared, added, tell: setTold }
  return (
    <div className={classes.builder}>
      <QueryBuilder
        query={value as RuleGroupType}
        onQueryChange={(query) => onChange(query as RuleGroup)}
        fields={ground.columns.map(({ column }) => ({ name: column, label: column }))}
        autoSelectField={false}
        idGenerator={newId}
        controlElements={controls}
        context={context}
        suppressStandardClassnames
      />
      <VisuallyHidden role="status">{told}</VisuallyHidden>
    </div>
  )
}
