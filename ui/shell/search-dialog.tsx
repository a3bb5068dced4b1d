import { Combobox, Group, Kbd, Text, TextInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { nameOf } from '../api/definition.ts'
import { type Action, useMay, useMe } from '../api/me.ts'
import { useGet } from '../api/use.ts'
import { keyOf } from '../pages/people/search-words.ts'
import { Dialog } from '../parts/dialog.tsx'
import { PersonName } from '../parts/person-name.tsx'
import { places } from './places.ts'
import classes from './search-dialog.module.css'

interface Found {
  label: ReactNode
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
    <Dialog
      opened={isOpen}
      onClose={onClose}
      withCloseButton={false}
      padding="xs"
      yOffset="12vh"
      centered={false}
      attributes={{ content: { 'aria-label': 'Search' } }}
    >
      <Finder onDone={onClose} />
    </Dialog>
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
    void navigate({ href: to })
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
          <Combobox.Option key={to} value={to} className={classes.found}>
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
        {found.length === 0 && <Combobox.Empty>Nothing has this name.</Combobox.Empty>}
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
  return [...goals, ...objects.slice(0, 30), ...usePeople(text)]
}

const peopleShown = 5

/** The first people who match, and where the others are; without the right to personal values a whole external_id finds somebody. */
function usePeople(text: string): Found[] {
  const mayRead = useMay('person:read')
  const [search] = useDebouncedValue(text, 250)
  const { data, isPlaceholderData } = useGet(
    'GET /people',
    { query: { search, limit: peopleShown } },
    { enabled: mayRead && search !== '' && search.length <= 200, keepsPrevious: true },
  )
  if (!mayRead || text === '') return []
  // Enter opens the first of what stands there: it must be of this text, not of the one before.
  const isOfText = search === text && !isPlaceholderData
  const people = (isOfText ? (data?.items ?? []) : []).map((person) => ({
    label: <PersonName name={person.name} email={person.emails.at(-1) ?? null} externalId={person.external_id} />,
    what: 'Person',
    to: `/people/${encodeURIComponent(keyOf(person, search))}`,
  }))
  const byAddress = [...new Map(people.map((one) => [one.to, one])).values()]
  return [
    ...byAddress,
    { label: `People who match ${text}`, what: 'Search', to: `/people?${new URLSearchParams({ search: text })}` },
  ]
}
