import { ActionIcon, Box, Collapse, Group, Stack, Text, TextInput, Title, UnstyledButton } from '@mantine/core'
import { ChevronDown, ChevronRight, ClipboardCopy, Plus, Search } from 'lucide-react'
import { useState } from 'react'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { copyText } from '../../parts/copy.ts'
import { quotedName, tableOf, tablesOf } from '../../parts/sql/schema.ts'
import classes from './queries.module.css'

/** Tables and their columns beside the editor: to look up, to insert, and to begin a SELECT from. */
export function TableBrowser({ database, onInsert }: { database: string | null; onInsert: (text: string) => void }) {
  const tables = useGet('GET /tables')
  const [text, setText] = useState('')
  return (
    <aside aria-label="Tables" className={classes.browser}>
      <Title order={2} mb={8}>
        Tables
      </Title>
      <TextInput
        size="xs"
        aria-label="Search tables"
        placeholder="Search tables"
        value={text}
        leftSection={<Search size={14} aria-hidden />}
        onChange={(event) => setText(event.currentTarget.value)}
        mb={8}
      />
      <WithAnswer of={tables} loading="Reading the tables" rows={4}>
        {({ items }) => {
          const found = tablesOf(items, database).filter(({ key }) => key.toLowerCase().includes(text.toLowerCase()))
          return found.length === 0 ? (
            <Text size="sm" c="dimmed">
              {items.length === 0 ? 'There is no table yet.' : `No table is called ${text}.`}
            </Text>
          ) : (
            <Stack gap={2}>
              {found.map((table) => (
                <TableEntry key={table.key} table={table} onInsert={onInsert} />
              ))}
            </Stack>
          )
        }}
      </WithAnswer>
    </aside>
  )
}

function TableEntry({ table: definition, onInsert }: { table: Definition; onInsert: (text: string) => void }) {
  const { key } = definition
  const { table } = tableOf(definition)
  const [isOpen, setOpen] = useState(false)
  const Chevron = isOpen ? ChevronDown : ChevronRight
  return (
    <Box>
      <Group gap={4} wrap="nowrap" justify="space-between">
        <UnstyledButton className={classes.entry} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Chevron size={14} aria-hidden />
          <span className={classes.name}>{key}</span>
        </UnstyledButton>
        <ActionIcon size="sm" aria-label={`Insert ${key}`} onClick={() => onInsert(quotedName(table))}>
          <Plus size={14} />
        </ActionIcon>
      </Group>
      <Collapse expanded={isOpen} transitionDuration={0}>
        {isOpen && <Columns of={key} table={table} onInsert={onInsert} />}
      </Collapse>
    </Box>
  )
}

function Columns({ of: key, table, onInsert }: { of: string; table: string; onInsert: (text: string) => void }) {
  const look = useGet('GET /tables/{key}/columns', { params: { key } })
  return (
    <WithAnswer of={look} loading={`Reading the columns of ${table}`} rows={3}>
      {({ items }) => (
        <Box pl={18} pb={6}>
          <UnstyledButton
            className={classes.entry}
            onClick={() =>
              void copyText(
                `SELECT\n${items.map(({ column }) => `  ${quotedName(column)}`).join(',\n')}\nFROM ${quotedName(table)}`,
                `SELECT of ${table}`,
              )
            }
          >
            <ClipboardCopy size={13} aria-hidden />
            Copy a SELECT of all columns
          </UnstyledButton>
          {items.map(({ column, type, pii }) => (
            <UnstyledButton
              key={column}
              className={classes.entry}
              aria-label={`Insert ${column}, ${type}${pii ? ', personal' : ''}`}
              onClick={() => onInsert(quotedName(column))}
            >
              <span className={classes.name}>{column}</span>
              <span className={classes.type}>
                {type}
                {pii && ' · personal'}
              </span>
            </UnstyledButton>
          ))}
        </Box>
      )}
    </WithAnswer>
  )
}
