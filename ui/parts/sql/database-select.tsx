import { Select } from '@mantine/core'
import { useDatabases } from './schema.ts'

interface DatabaseSelectProps {
  value: string | null
  onChange: (database: string | null) => void
  description?: string
  error?: string | undefined
  isReadOnly?: boolean
}

/** Which database SQL reads; where there is only one, nobody is asked. */
export function DatabaseSelect({ value, isReadOnly = false, ...more }: DatabaseSelectProps) {
  const databases = useDatabases()
  if (databases.length < 2 && value === null) return null
  return (
    <Select
      label="Database"
      // One that is not there any more stands there until another one is chosen.
      data={[...new Set([...databases, ...(value === null ? [] : [value])])]}
      value={value}
      allowDeselect={false}
      readOnly={isReadOnly}
      {...more}
    />
  )
}
