import { ActionIcon, Autocomplete, Button, Group, Stack, Text, Title } from '@mantine/core'
import { MoveRight, Plus, X } from 'lucide-react'
import { useAttributes } from '../../parts/use-attributes.ts'
import { type MappingRow, mappingRow } from './form-state.ts'

interface MappingEditorProps {
  rows: MappingRow[]
  onChange: (rows: MappingRow[]) => void
  /** Columns of the SELECT, once it was run. */
  columns: readonly string[]
  wrong: Record<string, string>
}

/** Which column becomes which attribute: `city → user_fields.city`. */
export function MappingEditor({ rows, onChange, columns, wrong }: MappingEditorProps) {
  const attributes = useAttributes()
  const unmapped = columns.filter((name) => !rows.some(({ column }) => column === name))
  const change = (id: number, part: Partial<MappingRow>) =>
    onChange(rows.map((row) => (row.id === id ? { ...row, ...part } : row)))
  return (
    <section aria-label="Mapping">
      <Title order={2} mb={4}>
        Mapping
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        Columns whose name is no attribute of the destination, and what they become there.
      </Text>
      <Stack gap="xs" maw={680}>
        {rows.map(({ id, column, attribute }) => (
          <Group key={id} gap="xs" wrap="nowrap" align="flex-start">
            <Autocomplete
              aria-label="Column"
              placeholder="Column"
              value={column}
              onChange={(value) => change(id, { column: value })}
              data={[...columns]}
              style={{ flex: 1, minWidth: 0 }}
            />
            <MoveRight size={16} aria-label="becomes" style={{ flex: 'none', marginTop: 10 }} />
            <Autocomplete
              aria-label={`Attribute of ${column || 'the column'}`}
              placeholder="Attribute"
              value={attribute}
              onChange={(value) => change(id, { attribute: value })}
              data={attributes}
              error={wrong[`mapping.${column}`]}
              style={{ flex: 1, minWidth: 0 }}
            />
            <ActionIcon
              aria-label={`Take ${column || 'this row'} out of the mapping`}
              mt={4}
              onClick={() => onChange(rows.filter((row) => row.id !== id))}
            >
              <X size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Group gap="xs">
          <Button
            variant="default"
            leftSection={<Plus size={14} aria-hidden />}
            onClick={() => onChange([...rows, mappingRow('', '')])}
          >
            Map a column
          </Button>
          {unmapped.length > 0 && rows.length + unmapped.length > 0 && (
            <Text size="sm" c="dimmed">
              Under their own names: {unmapped.join(', ')}
            </Text>
          )}
        </Group>
      </Stack>
    </section>
  )
}
