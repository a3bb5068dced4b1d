import { Text } from '@mantine/core'
import { MoveRight } from 'lucide-react'
import classes from './difference.module.css'
import { HIDDEN } from './hidden.ts'

/** `unknown`: Deskside never delivered one, so it cannot say what there was. */
type Value = string | number | boolean | null | readonly unknown[] | { [key: string]: unknown } | undefined

/** A value of a field, as text; what is empty is said. */
export function FieldValue({ value }: { value: Value }) {
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0))
    return (
      <Text span c="dimmed" fs="italic" inherit>
        empty
      </Text>
    )
  if (value === HIDDEN)
    return (
      <Text span c="dimmed" fs="italic" inherit>
        hidden
      </Text>
    )
  return <span className={classes.value}>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</span>
}

/** Old → new. */
export function Difference({ before, after }: { before: Value; after: Value }) {
  return (
    <span className={classes.difference}>
      <span className={classes.before}>
        <FieldValue value={before} />
      </span>
      <MoveRight size={14} aria-label="becomes" className={classes.arrow} />
      <FieldValue value={after} />
    </span>
  )
}
