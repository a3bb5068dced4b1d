import { Text } from '@mantine/core'
import { isGroup, type Kind, type Rule, type RuleGroup } from './model.ts'
import classes from './rules.module.css'
import { type GroupSays, groupSays, operatorWords, valueWords } from './words.ts'

const says: Record<GroupSays, string> = {
  all: 'All of these:',
  any: 'At least one of these:',
  none: 'None of these:',
  notAll: 'Not all of these:',
}

interface RulesInWordsProps {
  of: RuleGroup
  /** Kinds of the columns by their names in lower case, where they are known. */
  kinds: ReadonlyMap<string, Kind>
  /** What it means that there are no rules: `Everybody`. */
  empty: string
}

/** Rules as a tree of sentences. */
export function RulesInWords({ of, kinds, empty }: RulesInWordsProps) {
  if (of.rules.length === 0) return <Text size="sm">{empty}</Text>
  return (
    <div>
      <Group of={of} kinds={kinds} isOutermost />
    </div>
  )
}

function Group({ of, kinds, isOutermost }: { of: RuleGroup; kinds: RulesInWordsProps['kinds']; isOutermost: boolean }) {
  const what = groupSays(of)
  const isPlain = isOutermost && of.rules.length === 1 && (what === 'all' || what === 'any')
  return (
    <>
      {!isPlain && <p className={classes.says}>{of.rules.length === 0 ? 'A group that says nothing' : says[what]}</p>}
      <ul className={classes.tree}>
        {of.rules.map((one, index) => (
          // Rules have no name but their place.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <li key={index}>
            {isGroup(one) ? (
              <Group of={one} kinds={kinds} isOutermost={false} />
            ) : (
              <Sentence of={one} kind={kinds.get(one.field.toLowerCase()) ?? (isDay(one) ? 'date' : undefined)} />
            )}
          </li>
        ))}
      </ul>
    </>
  )
}

/** A day that moves with the calendar says what its column is before that is read. */
const isDay = ({ value = null }: Rule): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

function Sentence({ of, kind }: { of: Rule; kind: Kind | undefined }) {
  const value = valueWords(of, kind)
  return (
    <>
      <strong>{of.field}</strong> {operatorWords(of.operator, kind)}
      {value !== null && (
        <>
          {' '}
          <strong>{value}</strong>
        </>
      )}
    </>
  )
}
