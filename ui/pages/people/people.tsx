import { Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Navigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useMay } from '../../api/me.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { Results } from './results.tsx'

/** Finds people among those who were delivered. `?key=` is an address of older releases: somebody by what names them exactly. */
export function People() {
  const [{ key }] = useSearchState()
  const mayRead = useMay('person:read')
  if (key !== undefined) return <Navigate to="/people/$key" params={{ key }} replace />
  return (
    <>
      <PageHead
        title="People"
        about="Everything that is known of one person: what was sent, why, and what Zendesk holds."
      />
      {mayRead ? (
        <Search />
      ) : (
        <Text size="sm">Looking at people needs the right person:read. Ask an administrator for it.</Text>
      )}
    </>
  )
}

/** What is looked for stands in the address at once, and is asked for when nothing more is typed for a moment. */
function Search() {
  const [{ search = '' }] = useSearchState()
  const seesNames = useMay('pii:read')
  const text = search.trim()
  const [asked] = useDebouncedValue(text, 250)
  const [entered, setEntered] = useState<string | null>(null)
  return (
    <>
      <search>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            setEntered(text)
          }}
        >
          <SearchInput label="Search people" name="search" />
        </form>
      </search>
      <Text size="sm" c="dimmed" mt={6} mb="md" maw="75ch">
        {seesNames
          ? 'Part of a name or an e-mail address, or the beginning of an external_id.'
          : 'A whole external_id. You may not see personal values, so nobody is found by a name or an address.'}
      </Text>
      {text === '' ? (
        <EmptyState why="Everybody who was delivered can be found here. Who never was, because a row was refused perhaps, is found by a whole external_id or e-mail address." />
      ) : (
        <Results text={text} asked={asked} isEntered={entered === text} onDone={() => setEntered(null)} />
      )}
    </>
  )
}
