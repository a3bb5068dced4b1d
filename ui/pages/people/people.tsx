import { Button, Group, Text, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useEffect, useState } from 'react'
import { useMay } from '../../api/me.ts'
import { PageHead } from '../../parts/page-head.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { Found } from './found.tsx'

/** Finds one person by what names exactly one: an external_id or an e-mail address. */
export function People() {
  const [{ key }] = useSearchState()
  const mayRead = useMay('person:read')
  return (
    <>
      <PageHead
        title="People"
        about="Everything that is known of one person: what was sent, why, and what Zendesk holds."
      />
      {mayRead ? (
        <>
          <FindPerson of={key ?? ''} />
          {key === undefined ? (
            <Text size="sm" c="dimmed" maw="60ch">
              Names are not looked for: they may be those of several people.
            </Text>
          ) : (
            <Found personKey={key} />
          )}
        </>
      ) : (
        <Text size="sm">Looking at people needs the right person:read. Ask an administrator for it.</Text>
      )}
    </>
  )
}

/** What was looked for stays in the address. */
function FindPerson({ of }: { of: string }) {
  const navigate = useNavigate()
  const [text, setText] = useState(of)
  const [isMissing, setMissing] = useState(false)
  useEffect(() => setText(of), [of])
  const find = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const wanted = text.trim()
    setMissing(wanted === '')
    if (wanted === '') event.currentTarget.querySelector('input')?.focus()
    else void navigate({ to: '/people', search: { key: wanted } })
  }
  return (
    <form onSubmit={find} noValidate>
      <Group align="flex-start" gap="xs" mb="lg">
        <TextInput
          label="external_id or e-mail address"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={isMissing && 'Enter an external_id or an e-mail address.'}
          autoComplete="off"
          spellCheck={false}
          w={360}
          maw="100%"
        />
        <Button type="submit" mt={24}>
          Find
        </Button>
      </Group>
    </form>
  )
}
