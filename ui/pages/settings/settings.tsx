import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMay, useMe } from '../../api/me.ts'
import { useGet } from '../../api/use.ts'
import { counted } from '../../parts/values.tsx'
import { expiryOf } from './keys/expiry.ts'
import { mayOpen, type Section, sections } from './parts/sections.ts'
import { SettingsPage } from './parts/settings-page.tsx'
import classes from './settings.module.css'
import { stateOf } from './users/state.tsx'

/** Every section that one may see, with a sentence and a figure. */
export function Settings() {
  const { may } = useMe()
  const figures = useFigures()
  return (
    <SettingsPage title="Settings" about="What counts for the whole server, and what is yours alone.">
      <ul className={classes.cards}>
        {sections
          .filter(({ need }) => mayOpen(need, may))
          .map(({ to, label, about }) => (
            <li key={to}>
              <Link to={to} className={classes.card}>
                <Text fw={600} size="sm">
                  {label}
                </Text>
                <Text size="sm" c="dimmed">
                  {about}
                </Text>
                <Text size="sm" mt="auto" pt={6} mih={28}>
                  {figures[to]}
                </Text>
              </Link>
            </li>
          ))}
      </ul>
    </SettingsPage>
  )
}

/** Only what one may read is asked for. */
function useFigures(): Partial<Record<Section, string>> {
  const credentials = useGet('GET /credentials', {}, { enabled: useMay('credential:read') }).data?.items
  const mayReadUsers = useMay('user:read')
  const users = useGet('GET /users', {}, { enabled: mayReadUsers }).data?.items
  const providers = useGet('GET /identity-providers', {}, { enabled: mayReadUsers }).data?.items
  const keys = useGet('GET /keys', {}, { enabled: useMay('key:write') }).data?.items
  const mayReadNotifications = useMay('notification:read')
  const channels = useGet('GET /channels', {}, { enabled: mayReadNotifications }).data?.items
  const subscriptions = useGet('GET /subscriptions', {}, { enabled: mayReadNotifications }).data?.items
  const sessions = useGet('GET /me/sessions').data?.items
  const version = useGet('GET /figures', {}, { enabled: useMay('server:read') }).data?.version
  const ending = credentials?.filter(({ status }) => status.ends_at).length ?? 0
  const invited = users?.filter((user) => stateOf(user) === 'invited').length ?? 0
  const soon = keys?.filter((key) => expiryOf(key.expires_at, new Date()) === 'soon').length ?? 0
  return {
    ...(credentials && {
      '/settings/credentials': joined(counted(credentials.length, 'credential'), ending, 'with an end'),
    }),
    ...(users && { '/settings/users': joined(counted(users.length, 'user'), invited, 'invited') }),
    ...(providers && { '/settings/single-sign-on': counted(providers.length, 'provider') }),
    ...(keys && { '/settings/keys': joined(counted(keys.length, 'key'), soon, 'end soon') }),
    ...(channels &&
      subscriptions && {
        '/settings/notifications': `${counted(channels.length, 'channel')}, ${counted(subscriptions.length, 'subscription')}`,
      }),
    ...(sessions && { '/settings/account': counted(sessions.length, 'session') }),
    ...(version && { '/settings/about': `Version ${version}` }),
  }
}

const joined = (all: string, count: number, what: string) => (count > 0 ? `${all}, ${count} ${what}` : all)
