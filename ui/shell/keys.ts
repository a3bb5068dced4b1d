import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { places } from './places.ts'

/** How long a `g` waits for its letter. */
const SECOND_KEY_MS = 1_200

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  )
}

/** Keys that work everywhere but in a field: `g` and a letter goes to a place, `?` lists the keys. `/` belongs to the search. */
export function useKeys(): { isListOpen: boolean; closeList: () => void } {
  const navigate = useNavigate()
  const [isListOpen, setListOpen] = useState(false)
  const wasGAtMs = useRef(0)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (event.key === '?') setListOpen(true)
      const place = places.find(({ key }) => key === event.key)
      if (place !== undefined && Date.now() - wasGAtMs.current < SECOND_KEY_MS) void navigate({ to: place.to })
      wasGAtMs.current = event.key === 'g' ? Date.now() : 0
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [navigate])
  return { isListOpen, closeList: () => setListOpen(false) }
}
