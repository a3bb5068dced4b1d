import { Avatar, Menu, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { BookOpen, LogOut, Moon, Sun, UserRound } from 'lucide-react'
import type { ApiProblem } from '../api/call.ts'
import { useMe } from '../api/me.ts'
import { queryClient, useCall } from '../api/use.ts'

/** Messages come when there is one: they are no part of the first load. */
async function tell(problem: ApiProblem): Promise<void> {
  const { saidProblem } = await import('../parts/dialogs.tsx')
  saidProblem(problem)
}

export function UserMenu() {
  const me = useMe()
  const navigate = useNavigate()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const isDark =
    colorScheme === 'dark' || (colorScheme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches)
  const signOut = useCall('POST /sign-out', {
    onDone: () => {
      // Nothing of what this person saw may be there for the next.
      queryClient.clear()
      void navigate({ to: '/sign-in' })
    },
  })
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton aria-label={`You are ${me.name}`} p={4}>
          <Avatar size={28} radius="xl" color="teal" alt="">
            <UserRound size={16} aria-hidden />
          </Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.name}</Menu.Label>
        <Menu.Item component={Link} to="/settings/account" leftSection={<UserRound size={15} />}>
          Your account
        </Menu.Item>
        <Menu.Item
          leftSection={isDark ? <Sun size={15} /> : <Moon size={15} />}
          onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
        >
          {isDark ? 'Light' : 'Dark'} colours
        </Menu.Item>
        <Menu.Item component="a" href="/api/docs" leftSection={<BookOpen size={15} />}>
          Reference of the API
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={15} />} onClick={() => signOut.mutate(undefined, { onError: tell })}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
