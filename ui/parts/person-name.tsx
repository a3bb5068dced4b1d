import { Text } from '@mantine/core'
import { HIDDEN } from './hidden.ts'

interface PersonNameProps {
  name: string | null
  email: string | null
  externalId?: string | null
}

/** Who it is, as far as the person who looks may know. */
export function PersonName({ name, email, externalId = null }: PersonNameProps) {
  const known = [name, email, externalId].filter(
    (part): part is string => part !== null && part !== '' && part !== HIDDEN,
  )
  const [first, ...others] = known
  if (first === undefined)
    return (
      <Text span c="dimmed" fs="italic" inherit>
        {[name, email, externalId].includes(HIDDEN) ? 'hidden by your policy' : 'no name, no address'}
      </Text>
    )
  return (
    <span>
      {first}
      {others.length > 0 && (
        <Text span c="dimmed" fw={400} ml={8} inherit>
          {others.join(' · ')}
        </Text>
      )}
    </span>
  )
}
