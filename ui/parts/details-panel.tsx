import { ActionIcon, Group, Title } from '@mantine/core'
import { X } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import classes from './details-panel.module.css'

interface DetailsPanelProps {
  title: string
  onClose: () => void
  children: ReactNode
}

interface WithPanelProps {
  list: ReactNode
  panel: ReactNode | null
  /** The panel holds a form, and takes nearly half of the page. */
  isWide?: boolean
}

/** A list with the details of one of its rows at its right; on a narrow screen the details take the page. */
export function WithPanel({ list, panel, isWide }: WithPanelProps) {
  return (
    <div className={classes.split} data-open={panel !== null || undefined} data-wide={isWide || undefined}>
      <div className={classes.list}>{list}</div>
      {panel}
    </div>
  )
}

/** Escape closes it, and the focus goes back to where it came from. */
export function DetailsPanel({ title, onClose, children }: DetailsPanelProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const close = useRef(onClose)
  close.current = onClose
  useEffect(() => {
    const before = document.activeElement
    heading.current?.focus({ preventScroll: true })
    const onKey = (event: KeyboardEvent) => {
      // It may have closed a dialog that is gone by now.
      const isOfDialog =
        event.target instanceof Element && event.target.closest('[role="dialog"], [role="menu"]') !== null
      if (event.key !== 'Escape' || event.defaultPrevented || isOfDialog) return
      if (document.querySelector('[role="dialog"]') === null) close.current()
    }
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('keydown', onKey)
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
    }
  }, [])
  return (
    <aside className={classes.panel} aria-label={title}>
      <Group justify="space-between" wrap="nowrap" mb="sm">
        <Title order={2} ref={heading} tabIndex={-1} style={{ outline: 'none', overflowWrap: 'anywhere' }}>
          {title}
        </Title>
        <ActionIcon aria-label="Close details" onClick={onClose}>
          <X size={16} />
        </ActionIcon>
      </Group>
      {children}
    </aside>
  )
}
