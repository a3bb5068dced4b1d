import { Combobox, Group, Kbd, Modal, Text, TextInput, useCombobox } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { nameOf } from '../api/definition.ts'
import { type Action, useMe } from '../api/me.ts'
import { useGet } from '../api/use.ts'
import { places } from './places.ts'

interface Found {
  label: string
  what: string
  to: string
}

const kinds = [
  { operation: 'GET /queries', what: 'Query', base: '/queries', need: 'project:read' },
  { operation: 'GET /segments', what: 'Segment', base: '/segments', need: 'segment:read' },
  { operation: 'GET /attributes-tables', what: 'Attributes table', base: '/attributes-tables', need: 'project:read' },
  { operation: 'GET /orchestrations', what: 'Orchestration', base: '/orchestrations', need: 'orchestration:read' },
  { operation: 'GET /destinations', what: 'Destination', base: '/destinations', need: 'destination:read' },
  { operation: 'GET /tables', what: 'Table', base: '/customer-360', need: 'project:read' },
] as const satisfies readonly { operation: string; what: string; base: string; need: Action }[]

/** The dialog of {@link SearchEverywhere}: finds places, objects and people. */
export function SearchDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      withCloseButton={false}
      padding="xs"
      yOffset="12vh"
      centered={false}
      attributes={{ content: { 'aria-label': 'Search' } }}
    >
      <Finder onDone={onClose} />
    </Modal>
  )
}

function Finder({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState('')
  const navigate = useNavigate()
  const combobox = useCombobox()
  const found = useFound(text.trim())
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first of what was found is chosen anew
  useEffect(() => void combobox.selectFirstOption(), [text, found.length])
  const go = (to: string) => {
    onDone()
    void navigate({ to })
  }
  return (
    <Combobox store={combobox} onOptionSubmit={go}>
      <Combobox.EventsTarget>
        <TextInput
          data-autofocus
          aria-label="Search everything"
          placeholder="A query, a segment, an orchestration, a person…"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          leftSection={<Search size={15} aria-hidden />}
          rightSection={<Kbd size="xs">Esc</Kbd>}
        />
      </Combobox.EventsTarget>
      <Combobox.Options mt="xs" mah="50vh" style={{ overflowY: 'auto' }} aria-label="What was found">
        {found.map(({ label, what, to }) => (
          <Combobox.Option key={to} value={to}>
            <Group justify="space-between" wrap="nowrap">
              <Text size="sm" truncate>
                {label}
              </Text>
              <Text size="xs" c="dimmed" style={{ flex: 'none' }}>
                {what}
              </Text>
            </Group>
          </Combobox.Option>
        ))}
        {found.length === 0 && (
          <Combobox.Empty>Nothing has this name. People are found by their exact id or address.</Combobox.Empty>
        )}
      </Combobox.Options>
    </Combobox>
  )
}

function useFound(text: string): Found[] {
  const { may } = useMe()
  const has = (need: Action | null) => need === null || may.includes(need)
  const lists = kinds.map(({ operation, need }) =>
    // biome-ignore lint/correctness/useHookAtTopLevel: the list of kinds never changes
    useGet(operation as 'GET /queries', {}, { enabled: has(need) }),
  )
  const wanted = text.toLowerCase()
  const matches = (words: string) => words.toLowerCase().includes(wanted)
  const objects = kinds.flatMap(({ what, base }, index) =>
    (lists[index]?.data?.items ?? [])
      .filter((object) => wanted !== '' && matches(`${object.key} ${nameOf(object)}`))
      .map((object) => ({ label: nameOf(object), what, to: `${base}/${encodeURIComponent(object.key)}` })),
  )
  const goals = places
    .filter(({ need, label }) => has(need) && matches(label))
    .map(({ label, to }) => ({ label, what: 'Go to', to }))
  const person =
    has('person:read') && wanted !== ''
      ? [{ label: text, what: 'Person', to: `/people/${encodeURIComponent(text)}` }]
      : []
  return [...goals, ...objects.slice(0, 30), ...person]
}
