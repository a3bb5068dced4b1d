import { NavLink } from '@mantine/core'
import { Link, useLocation } from '@tanstack/react-router'
import type { Action } from '../api/me.ts'
import { places } from './places.ts'

/** Pages that stand below a place although their address does not say so. */
const homes: Record<string, string> = {
  '/query-drafts': '/queries',
  '/orchestrations': '/activations',
  '/destinations': '/activations',
  '/plans': '/activations',
}

export function Navigation({ may }: { may: readonly Action[] }) {
  const { pathname } = useLocation()
  const first = `/${pathname.split('/')[1] ?? ''}`
  const here = homes[first] ?? first
  return (
    <nav aria-label="Places">
      {places
        .filter(({ need }) => need === null || may.includes(need))
        .map(({ to, label, icon: Icon }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            active={here === to}
            aria-current={here === to ? 'page' : undefined}
            leftSection={<Icon size={17} aria-hidden />}
            py={6}
            style={{ borderRadius: 6 }}
          />
        ))}
    </nav>
  )
}
