import { Box, Stack, Text } from '@mantine/core'
import type { Workflow } from '../../api/operations.ts'
import { Facts } from '../../parts/facts.tsx'
import { SqlText } from '../../parts/sql/sql.tsx'

interface Started {
  key?: string
  version?: number
  body?: { [name: string]: unknown }
}

/** With what the run began: names, versions and settings of that moment, which may be others now. */
export function Launched({ workflow: { launched } }: { workflow: Workflow }) {
  const parts = Object.entries(launched) as [string, Started][]
  if (parts.length === 0) return <Text size="sm">The settings of this run are not known, or not for you to see.</Text>
  return (
    <Stack gap="lg">
      {parts.map(([kind, part]) => (
        <Part key={kind} kind={kind} part={part} />
      ))}
    </Stack>
  )
}

function Part({ kind, part: { key, version, body = {} } }: { kind: string; part: Started }) {
  const { text, ...settings } = body
  const title = `${kind.replaceAll('_', ' ')}${key === undefined ? '' : ` ${key}`}, version ${version ?? 1}`
  return (
    <section aria-label={title}>
      <Text fw={600} size="sm" mb={4}>
        {title.charAt(0).toUpperCase() + title.slice(1)}
      </Text>
      <Facts
        of={Object.entries(settings).map(([name, value]) => [name.replaceAll('_', ' '), valueText(value)] as const)}
      />
      {typeof text === 'string' && (
        <Box mt="xs">
          <SqlText sql={text} label="SQL of the run" />
        </Box>
      )}
    </section>
  )
}

function valueText(value: unknown): string {
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object'))
    return value.length === 0 ? 'none' : value.join(', ')
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? 'empty')
}
