import { ActionIcon } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Search } from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import { isElsewhere } from './keys.ts'

const load = () => import('./search-dialog.tsx').then(({ SearchDialog }) => ({ default: SearchDialog }))
const SearchDialog = lazy(load)

/** Once the page stands: what is typed right after `/` must not be lost while this is fetched. */
const LOAD_AFTER_MS = 1_500

/** One field that finds places, objects and people; `/` opens it. */
export function SearchEverywhere() {
  const [isOpen, { open, close }] = useDisclosure(false)
  const [wasOpen, setWasOpen] = useState(false)
  if (isOpen && !wasOpen) setWasOpen(true)
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(() => undefined), LOAD_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isAsked =
        (event.key === '/' && !isElsewhere(event.target)) || (event.key === 'k' && (event.ctrlKey || event.metaKey))
      if (!isAsked) return
      event.preventDefault()
      open()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [open])
  return (
    <>
      <ActionIcon aria-label="Search everything (/)" size={34} onClick={open}>
        <Search size={18} />
      </ActionIcon>
      {wasOpen && (
        <Suspense fallback={null}>
          <SearchDialog isOpen={isOpen} onClose={close} />
        </Suspense>
      )}
    </>
  )
}
