import { TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Policies } from '../../../api/operations.ts'
import { useCall } from '../../../api/use.ts'
import { SaveForm } from '../../../parts/save-form.tsx'
import { Moment } from '../../../parts/values.tsx'
import { mistakesOf } from '../parts/mistakes.ts'
import { ShownOnce } from '../parts/shown-once.tsx'
import { Grants } from './grants.tsx'

/** Invites somebody, and shows the link once. */
export function InviteForm({ known, onClose }: { known: Policies; onClose: () => void }) {
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [grants, setGrants] = useState<{ policies: string[]; options: string[] }>({ policies: [], options: [] })
  const invite = useCall('POST /users', { stale: ['/users', '/activity'] })
  const mistakes = mistakesOf(invite.error?.problem)
  if (invite.data?.link.path)
    return (
      <ShownOnce
        label="Invitation"
        value={new URL(invite.data.link.path, window.location.origin).href}
        what={
          <>
            Send it to {invite.data.user.email} yourself; Deskside sends no mail for it. By the link they set a password
            and are signed in. It is good for one use until <Moment at={invite.data.link.expires_at} />.
          </>
        }
        onDone={onClose}
      />
    )
  const submit = () => invite.mutate({ body: { email: email.trim(), name: name.trim(), ...grants } as never })
  return (
    <SaveForm
      label="Invitation"
      verb="Invite"
      isSaving={invite.isPending}
      error={invite.error}
      onSubmit={submit}
      onCancel={onClose}
    >
      <TextInput
        label="E-mail address"
        description="They sign in with it."
        type="email"
        autoComplete="off"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={mistakes.email}
      />
      <TextInput
        label="Name"
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={mistakes.name}
      />
      <Grants
        known={known}
        {...grants}
        mistake={mistakes.policies && 'Choose at least one policy.'}
        onChange={setGrants}
      />
    </SaveForm>
  )
}
