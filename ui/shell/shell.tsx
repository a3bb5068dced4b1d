import { AppShell, Burger, Group } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { WifiOff } from 'lucide-react'
import { lazy, Suspense, useEffect } from 'react'
import { ApiProblem } from '../api/call.ts'
import { listen, useIsConnected } from '../api/events.ts'
import { queryClient, useGet } from '../api/use.ts'
import { Bell } from './bell.tsx'
import { useKeys } from './keys.ts'
import { Navigation } from './navigation.tsx'
import { SearchEverywhere } from './search-everywhere.tsx'
import classes from './shell.module.css'
import { UserMenu } from './user-menu.tsx'
import { Workspace } from './workspace.tsx'

const KeyList = lazy(() => import('./key-list.tsx').then(({ KeyList }) => ({ default: KeyList })))

/** What stands around every page for somebody who is signed in. */
export function Shell() {
  const { data: me, error } = useGet('GET /me')
  const navigate = useNavigate()
  const { href, pathname } = useLocation()
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const keys = useKeys()
  const isSignedOut = error instanceof ApiProblem && error.status === 401
  const hears = me?.may.includes('workflow:read') ?? false
  useEffect(() => (hears ? listen(queryClient) : undefined), [hears])
  useEffect(() => {
    if (isSignedOut) void navigate({ to: '/sign-in', search: { to: href } })
  }, [isSignedOut, href, navigate])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another place closes the menu
  useEffect(close, [pathname])
  if (me === undefined) return null
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 208, breakpoint: 900, collapsed: { mobile: !isOpen } }}
      padding={0}
      transitionDuration={0}
    >
      <a href="#main" className={classes.skip}>
        Skip to the page
      </a>
      <AppShell.Header className={classes.header}>
        <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
          <Burger
            opened={isOpen}
            onClick={toggle}
            className={classes.burger}
            size="sm"
            aria-label={isOpen ? 'Close navigation' : 'Open navigation'}
            aria-expanded={isOpen}
          />
          <Workspace />
        </Group>
        <Group gap={4} wrap="nowrap">
          <SearchEverywhere />
          <Bell />
          <UserMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar}>
        <Navigation may={me.may} />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
        <LostConnection />
        <div className={classes.page}>
          <Outlet />
        </div>
      </AppShell.Main>
      {keys.isListOpen && (
        <Suspense fallback={null}>
          <KeyList isOpen onClose={keys.closeList} />
        </Suspense>
      )}
    </AppShell>
  )
}

function LostConnection() {
  if (useIsConnected()) return null
  return (
    <div className={classes.lost} role="status">
      <WifiOff size={15} aria-hidden />
      The server is not heard. What you see may be old; this page goes on by itself once it answers.
    </div>
  )
}
