import { type ReactNode, useState } from 'react'
import classes from './activations.module.css'

interface FoldProps {
  summary: ReactNode
  /** Whether something in it needs attention. */
  mustOpen?: boolean
  startsOpen?: boolean
  children: ReactNode
}

/** What is shown when somebody asks for it, or when it needs attention; then it stays open until it is closed. */
export function Fold({ summary, mustOpen = false, startsOpen = false, children }: FoldProps) {
  const [isOpen, setOpen] = useState(startsOpen)
  return (
    <details
      className={classes.details}
      open={isOpen || mustOpen}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>{summary}</summary>
      {children}
    </details>
  )
}
