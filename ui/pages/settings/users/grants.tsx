import { Checkbox, Stack, Text } from '@mantine/core'
import type { Policies } from '../../../api/operations.ts'
import { Rights } from '../parts/rights.tsx'
import classes from './grants.module.css'

interface GrantsProps {
  known: Policies
  policies: readonly string[]
  options: readonly string[]
  mistake?: string | undefined
  onChange: (grants: { policies: string[]; options: string[] }) => void
}

/** Policies and options to choose, each with what it allows in words. */
export function Grants({ known, policies, options, mistake, onChange }: GrantsProps) {
  return (
    <>
      <Checkbox.Group
        label="Policies"
        description="Several add up. What none of them allows is denied."
        value={[...policies]}
        onChange={(value) => onChange({ policies: value, options: [...options] })}
        error={mistake}
      >
        <Stack gap={8} mt="xs">
          {known.policies.map(({ key, name, description, actions }) => (
            <Choice
              key={key}
              value={key}
              name={name}
              about={description}
              actions={actions}
              verb="allows"
              isWrong={mistake !== undefined}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      <Checkbox.Group
        label="Options"
        description="What is restricted goes before everything that is allowed."
        value={[...options]}
        onChange={(value) => onChange({ policies: [...policies], options: value })}
      >
        <Stack gap={8} mt="xs">
          {known.options.map(({ key, name, description, actions, effect }) => (
            <Choice
              key={key}
              value={key}
              name={name}
              about={description}
              actions={actions}
              verb={effect === 'deny' ? 'takes away' : 'allows'}
            />
          ))}
        </Stack>
      </Checkbox.Group>
    </>
  )
}

interface ChoiceProps {
  value: string
  name: string
  about: string
  actions: readonly string[]
  verb: string
  isWrong?: boolean
}

function Choice({ value, name, about, actions, verb, isWrong = false }: ChoiceProps) {
  return (
    <div>
      <Checkbox value={value} label={name} description={about} aria-invalid={isWrong || undefined} />
      <details className={classes.more}>
        <summary>
          What {name} {verb}
        </summary>
        <Rights of={actions} />
      </details>
    </div>
  )
}

/** Names of policies and options that somebody has. */
export function grantNames(known: Policies | undefined, keys: readonly string[]): string[] {
  const all: readonly { key: string; name: string }[] = known === undefined ? [] : [...known.policies, ...known.options]
  return keys.map((key) => all.find((one) => one.key === key)?.name ?? key)
}

export function GrantList({ names }: { names: readonly string[] }) {
  if (names.length === 0) return <Text size="sm">none</Text>
  return <>{names.join(', ')}</>
}
