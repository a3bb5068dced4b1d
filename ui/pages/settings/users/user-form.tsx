import { Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { call, isChangedMeanwhile } from '../../../api/call.ts'
import { useMe } from '../../../api/me.ts'
import type { Policies, User } from '../../../api/operations.ts'
import { useCall } from '../../../api/use.ts'
import type { Meanwhile } from '../../../parts/changed-meanwhile.tsx'
import { said, saidProblem } from '../../../parts/dialogs.tsx'
import { SaveForm } from '../../../parts/save-form.tsx'
import { mistakesOf } from '../parts/mistakes.ts'
import { Grants, grantNames } from './grants.tsx'
import { nameOfUser } from './state.tsx'

interface Entered {
  name: string
  policies: string[]
  options: string[]
}

const enteredOf = ({ name, policies, options }: User): Entered => ({ name, policies, options })

/** What a user is called and may do. */
export function UserForm({ of, known, onClose }: { of: User; known: Policies; onClose: () => void }) {
  const me = useMe()
  const [base, setBase] = useState(of)
  const [entered, setEntered] = useState(() => enteredOf(of))
  const [theirs, setTheirs] = useState<User | null>(null)
  const save = useCall('PUT /users/{id}', {
    stale: ['/users', '/me', '/activity'],
    onDone: (user) => {
      said(`${nameOfUser(user)} is saved.`)
      onClose()
    },
  })
  const send = (from: User) =>
    save.mutate(
      { params: { id: of.id }, body: { ...entered, state: from.state } as never, ifVersion: from.version },
      {
        onError: (error) => {
          if (isChangedMeanwhile(error)) call('GET /users/{id}', { params: { id: of.id } }).then(setTheirs, saidProblem)
        },
      },
    )
  const meanwhile = theirs === null ? null : meanwhileOf(base, theirs, known)
  const goOn = (user: User) => {
    setBase(user)
    setTheirs(null)
  }
  const mistakes = mistakesOf(save.error?.problem)
  return (
    <SaveForm
      label={`Rights of ${of.email}`}
      verb="Save"
      isSaving={save.isPending}
      error={save.error}
      meanwhile={
        theirs !== null && meanwhile !== null
          ? {
              changed: meanwhile,
              onTake: () => {
                setEntered(enteredOf(theirs))
                save.reset()
                goOn(theirs)
              },
              onSaveOver: () => {
                goOn(theirs)
                send(theirs)
              },
            }
          : null
      }
      onSubmit={() => send(base)}
      onCancel={onClose}
    >
      {of.id === me.id && (
        <Text size="sm">This is you. What you take away here, you may not do any more from the next moment on.</Text>
      )}
      {of.single_sign_on !== null && (
        <Text size="sm">
          {nameOfUser(of)} comes in by single sign-on. Where its groups give policies, they take the place of these at
          the next sign-in.
        </Text>
      )}
      <TextInput
        label="Name"
        value={entered.name}
        onChange={(event) => setEntered({ ...entered, name: event.currentTarget.value })}
        error={mistakes.name}
      />
      <Grants
        known={known}
        policies={entered.policies}
        options={entered.options}
        mistake={mistakes.policies && 'Choose at least one policy.'}
        onChange={(grants) => setEntered({ ...entered, ...grants })}
      />
    </SaveForm>
  )
}

function meanwhileOf(before: User, now: User, known: Policies): Meanwhile['changed'] {
  const lines = [
    before.name === now.name ? null : `The name is ${now.name === '' ? 'empty' : now.name} now.`,
    `${before.policies.join() === now.policies.join() ? 'The policies stayed' : 'The policies are'}: ${grantNames(known, now.policies).join(', ')}.`,
    before.options.join() === now.options.join()
      ? null
      : `The options are: ${grantNames(known, now.options).join(', ') || 'none'}.`,
    before.state === now.state ? null : `The user is ${now.state} now.`,
  ]
  return lines.filter((line) => line !== null).map((line) => <div key={line}>{line}</div>)
}
