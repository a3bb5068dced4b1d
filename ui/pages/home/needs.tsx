import { Anchor, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import { lastWorkflowOf, nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { StateBadge } from '../../parts/state-badge.tsx'
import { counted, Moment, useNow } from '../../parts/values.tsx'
import classes from './home.module.css'
import { needsOf } from './what-needs.ts'

/** What does not go on by itself: each with the place where somebody can do something about it. */
export function Needs({ orchestrations }: { orchestrations: readonly Definition[] }) {
  const now = useNow(60_000)
  const mayReadCredentials = useMay('credential:read')
  const mayReadNotifications = useMay('notification:read')
  const credentials = useGet('GET /credentials', {}, { enabled: mayReadCredentials })
  const notifications = useGet(
    'GET /notifications',
    { query: { unread: 'true', limit: 1 } },
    { enabled: mayReadNotifications },
  )
  const needs = needsOf({ orchestrations, credentials: credentials.data?.items ?? [] }, now)
  const unread = notifications.data?.unread ?? 0
  return (
    <ul className={classes.needs}>
      {needs.map((need) => {
        const key = `${need.kind} ${need.object.key}`
        if (need.kind === 'credential')
          return (
            <Need
              key={key}
              badge={
                <StateBadge state={need.isBroken ? 'error' : 'warning'} word={need.isBroken ? 'Refused' : 'Ends'} />
              }
              what={
                <Anchor component={Link} to="/settings/credentials" inherit>
                  Credential {nameOf(need.object)}
                </Anchor>
              }
              why={need.isBroken ? 'Zendesk refused it when it was last used.' : <Ends at={need.endsAt} />}
            />
          )
        const last = lastWorkflowOf(need.object)
        return (
          <Need
            key={key}
            badge={
              <StateBadge
                state={need.kind === 'approval' ? 'warning' : need.state}
                word={need.kind === 'approval' ? 'Waits for approval' : undefined}
              />
            }
            what={
              <Anchor component={Link} to={`/workflows/${encodeURIComponent(last?.id ?? '')}`} inherit>
                {nameOf(need.object)}
              </Anchor>
            }
            why={<Moment at={last?.ended_at ?? last?.requested_at ?? null} />}
          />
        )
      })}
      {unread > 0 && (
        <Need
          badge={<StateBadge state="waiting" word="Unread" />}
          what={
            <Anchor component={Link} to="/notifications" inherit>
              {counted(unread, 'notification')}
            </Anchor>
          }
          why=""
        />
      )}
      {needs.length === 0 && unread === 0 && (
        <li className={classes.well}>
          <CircleCheck size={16} aria-hidden />
          Nothing: every orchestration ended well, and every credential works.
        </li>
      )}
    </ul>
  )
}

function Ends({ at }: { at: string }) {
  return (
    <>
      Zendesk switches it off: <Moment at={at} />
    </>
  )
}

function Need({ badge, what, why }: { badge: ReactNode; what: ReactNode; why: ReactNode }) {
  return (
    <li className={classes.need}>
      {badge}
      <span>{what}</span>
      <Text span size="sm" c="dimmed">
        {why}
      </Text>
    </li>
  )
}
