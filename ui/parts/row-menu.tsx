import { Menu, UnstyledButton } from '@mantine/core'
import { Ellipsis } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import classes from './row-menu.module.css'

/** What can be done with one row of a list; `children` are the entries of the menu, rendered once it opens. */
export function RowMenu({ label, children }: { label: string; children: ReactNode }) {
  // A menu costs more than the row that it stands in, and few are ever opened: until then it is a button that looks the same.
  const [isAsked, setAsked] = useState(false)
  const [isOpen, setOpen] = useState(false)
  // Opened only after its own button has the focus, which gets it back when the menu closes.
  useEffect(() => setOpen(isAsked), [isAsked])
  const button = (
    <UnstyledButton
      className={classes.button}
      aria-label={label}
      aria-haspopup="menu"
      aria-expanded={isOpen}
      autoFocus={isAsked}
      onClick={() => setAsked(true)}
    >
      <Ellipsis size={16} aria-hidden />
    </UnstyledButton>
  )
  if (!isAsked) return button
  return (
    <Menu position="bottom-end" withinPortal opened={isOpen} onChange={setOpen}>
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  )
}
