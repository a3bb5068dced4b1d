import { ActionIcon, Indicator } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Bell as BellIcon } from 'lucide-react'
import { useMay } from '../api/me.ts'
import { useGet } from '../api/use.ts'

/** Leads to the notifications, with how many are unread. */
export function Bell() {
  const mayRead = useMay('notification:read')
  const { data } = useGet(
    'GET /notifications',
    { query: { unread: 'true', limit: 100 } as never },
    { enabled: mayRead },
  )
  if (!mayRead) return null
  const unread = data?.items.length ?? 0
  const words = unread === 0 ? 'Notifications' : `Notifications, ${unread === 100 ? '100 or more' : unread} unread`
  return (
    <Indicator
      disabled={unread === 0}
      label={unread > 99 ? '99+' : unread}
      size={16}
      offset={5}
      color="red.8"
      aria-hidden={false}
    >
      <ActionIcon component={Link} to="/notifications" aria-label={words} size={34}>
        <BellIcon size={18} />
      </ActionIcon>
    </Indicator>
  )
}
