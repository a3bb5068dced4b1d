import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { places } from './places.ts'

/** How long a `g` waits for its letter. */
const SECOND_KEY_MS = 1_200

/** In a field a key is a letter; a dialog has keys of its own, and is answered first. */
export function isElsewhere(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) ||
      target.closest('[role="dialog"]') !== null)
  )
}

/** Keys that work everywhere but in a field or a dialog: `g` and a letter goes to a place, `?` lists the keys. `/` belongs to the search. */
export function useKeys(): { isListOpen: boolean; closeList: () => void } {
  const navigate = useNavigate()
  const [isListOpen, setListOpen] = useState(false)
  const wasGAtMs = useRef(0)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isElsewhere(event.target)) return
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
