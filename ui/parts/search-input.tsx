import { CloseButton, TextInput } from '@mantine/core'
import { Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useSearchState } from './search-state.ts'

/** Looks for text in a list as one types; the text stands in the address as `q`. */
export function SearchInput({ label, name = 'q' }: { label: string; name?: string }) {
  const [search, setSearch] = useSearchState()
  const [text, setText] = useState(search[name] ?? '')
  const typed = useRef(text)
  // Somebody went back, or a link of ours led here.
  useEffect(() => {
    const there = search[name] ?? ''
    if (there !== typed.current) {
      typed.current = there
      setText(there)
    }
  }, [search, name])
  const change = (value: string) => {
    typed.current = value
    setText(value)
    setSearch({ [name]: value === '' ? undefined : value })
  }
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      leftSection={<Search size={15} aria-hidden />}
      rightSection={text !== '' && <CloseButton size="sm" aria-label="Clear search" onClick={() => change('')} />}
      w={280}
      maw="100%"
    />
  )
}
