import { useEffect } from 'react'

/** What had the focus last, but for the entries of menus: they are gone when what they have opened closes. Their button had it before. */
let last: Element | null = null

if (typeof document !== 'undefined')
  document.addEventListener('focusin', ({ target }) => {
    if (target instanceof Element && target.closest('[role="menu"]') === null) last = target
  })

/** Remembers where the focus is now. What it gives brings it back there, as long as that place is still shown. */
export function focusBack(): () => void {
  const active = document.activeElement
  const isInMenu = active === null || active === document.body || active.closest('[role="menu"]') !== null
  const from = isInMenu ? last : active
  // After what closes has gone: until then it would take the focus again.
  return () =>
    void setTimeout(() => {
      if (from instanceof HTMLElement && from.isConnected) from.focus({ preventScroll: true })
    })
}

/** The focus comes back to where it was when this was opened. */
export function useFocusBack(isOpen: boolean): void {
  useEffect(() => (isOpen ? focusBack() : undefined), [isOpen])
}
