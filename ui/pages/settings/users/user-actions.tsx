import { Button, Group } from '@mantine/core'
import { useState } from 'react'
import { useMe } from '../../../api/me.ts'
import type { User } from '../../../api/operations.ts'
import { useCall } from '../../../api/use.ts'
import { confirm, said, saidProblem } from '../../../parts/dialogs.tsx'
import { Moment } from '../../../parts/values.tsx'
import { ShownOnce } from '../parts/shown-once.tsx'
import { nameOfUser, stateOf } from './state.tsx'

const stale = ['/users', '/activity', '/keys'] as const

/** What can be done about a user beside changing rights. */
export function UserActions({ of, onEdit, onDeleted }: { of: User; onEdit: () => void; onDeleted: () => void }) {
  const [isLinkShown, setLinkShown] = useState(true)
  const link = useCall('POST /users/{id}/link', { stale })
  const state = stateOf(of)
  const isMe = useMe().id === of.id
  const make = () => {
    setLinkShown(true)
    link.mutate({ params: { id: of.id } }, { onError: saidProblem })
  }
  return (
    <>
      <Group gap="xs">
        <Button onClick={onEdit}>Edit</Button>
        {state !== 'disabled' && (
          <Button variant="default" onClick={make} loading={link.isPending}>
            {of.has_password ? 'Make a link for a new password' : 'Make a new invitation'}
          </Button>
        )}
        {state !== 'invited' && <SignOut of={of} isMe={isMe} />}
        <Disable of={of} isMe={isMe} />
        <Delete of={of} isMe={isMe} onDeleted={onDeleted} />
      </Group>
      {isLinkShown && link.data?.path && (
        <ShownOnce
          label={link.data.kind === 'reset' ? 'Link for a new password' : 'Invitation'}
          value={new URL(link.data.path, window.location.origin).href}
          what={
            <>
              Send it to {of.email} yourself. It is good for one use until <Moment at={link.data.expires_at} />, and
              ends the link before.
            </>
          }
          onDone={() => setLinkShown(false)}
        />
      )}
    </>
  )
}

interface OneProps {
  of: User
  isMe: boolean
}

function SignOut({ of, isMe }: OneProps) {
  const end = useCall('POST /users/{id}/sign-out', {
    stale,
    onDone: () => said(`All sessions of ${nameOfUser(of)} are over.`),
  })
  const ask = async () => {
    const what = isMe
      ? 'All your sessions end, this one too: you sign in again.'
      : 'All sessions end at once, and what was entered and not saved is lost. API keys go on.'
    const title = `Sign ${nameOfUser(of)} out everywhere?`
    if (await confirm({ title, what, verb: 'Sign out everywhere', hurts: true }))
      end.mutate({ params: { id: of.id } }, { onError: saidProblem })
  }
  return (
    <Button variant="default" onClick={() => void ask()} loading={end.isPending}>
      Sign out everywhere
    </Button>
  )
}

function Disable({ of, isMe }: OneProps) {
  const isDisabled = of.state === 'disabled'
  const save = useCall('PUT /users/{id}', {
    stale,
    onDone: ({ state }) => said(`${nameOfUser(of)} is ${state === 'disabled' ? 'shut out' : 'let in again'}.`),
  })
  const send = () => {
    const { name, policies, options, version } = of
    const body = { name, policies, options, state: isDisabled ? 'active' : 'disabled' }
    save.mutate({ params: { id: of.id }, body: body as never, ifVersion: version }, { onError: saidProblem })
  }
  const ask = async () => {
    const what = `${isMe ? 'This is you: you are shut out at once. ' : ''}All sessions and links end, and API keys open nothing. It can be undone.`
    if (await confirm({ title: `Disable ${nameOfUser(of)}`, what, verb: 'Disable user', hurts: true })) send()
  }
  return (
    <Button variant="default" onClick={() => (isDisabled ? send() : void ask())} loading={save.isPending}>
      {isDisabled ? 'Enable' : 'Disable'}
    </Button>
  )
}

function Delete({ of, isMe, onDeleted }: OneProps & { onDeleted: () => void }) {
  const remove = useCall('DELETE /users/{id}', {
    stale,
    onDone: () => {
      said(`${nameOfUser(of)} is deleted.`)
      onDeleted()
    },
  })
  const ask = async () => {
    const what = `${isMe ? 'This is you: you are signed out at once. ' : ''}Sessions and API keys are deleted, too. The activity log stays. It cannot be undone.`
    if (await confirm({ title: `Delete ${nameOfUser(of)}`, what, verb: 'Delete user', hurts: true }))
      remove.mutate({ params: { id: of.id }, ifVersion: of.version }, { onError: saidProblem })
  }
  return (
    <Button variant="default" c="var(--deskside-bad)" onClick={() => void ask()} loading={remove.isPending}>
      Delete
    </Button>
  )
}
