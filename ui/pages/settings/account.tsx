import { Box, Button, PasswordInput, Stack } from '@mantine/core'
import { useState } from 'react'
import { useMe } from '../../api/me.ts'
import type { OwnSession } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { confirm, said, saidProblem } from '../../parts/dialogs.tsx'
import { SaveForm } from '../../parts/save-form.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { Moment } from '../../parts/values.tsx'
import { programOf } from './account/program.ts'
import { mistakesOf } from './parts/mistakes.ts'
import { Rights } from './parts/rights.tsx'
import { SectionHead } from './parts/section-head.tsx'
import { SettingsPage } from './parts/settings-page.tsx'

/** One’s own name, password, sessions and rights. */
export function Account() {
  const me = useMe()
  return (
    <SettingsPage title="Your account" about={`You are signed in as ${me.name}.`}>
      <SectionHead title="Sessions" about="Where you are signed in. A session ends after 12 hours by itself." />
      <Sessions />
      <SectionHead title="Password" about="All your other sessions end when you change it." />
      <Password />
      <SectionHead title="What you may do" about={whomToAsk(me)} />
      <Box maw="75ch">
        <Rights of={me.may} />
      </Box>
    </SettingsPage>
  )
}

function Sessions() {
  const sessions = useGet('GET /me/sessions')
  return (
    <WithAnswer of={sessions} loading="Reading your sessions" rows={2}>
      {({ items }) => <DataTable label="Sessions" rows={items} columns={columns} rowKey={({ id }) => id} />}
    </WithAnswer>
  )
}

const columns: TableColumn<OwnSession>[] = [
  { key: 'agent', head: 'Program', cell: ({ agent }) => <span title={agent}>{programOf(agent)}</span> },
  { key: 'address', head: 'Network address', rank: 2, cell: ({ address }) => address },
  { key: 'since', head: 'Since', rank: 2, cell: ({ created_at: at }) => <Moment at={at} /> },
  { key: 'until', head: 'Until', rank: 3, cell: ({ expires_at: at }) => <Moment at={at} /> },
  {
    key: 'end',
    head: 'What to do',
    cell: (one) => (one.is_this ? <StateBadge state="active" word="This session" /> : <End of={one} />),
  },
]

function End({ of }: { of: OwnSession }) {
  const end = useCall('DELETE /me/sessions/{id}', { stale: ['/me'], onDone: () => said('The session is over.') })
  const program = programOf(of.agent)
  const ask = async () => {
    const what = `What runs in ${program} at ${of.address} has to sign in again.`
    if (await confirm({ title: 'End this session', what, verb: 'End session', hurts: true }))
      end.mutate({ params: { id: of.id } }, { onError: saidProblem })
  }
  return (
    <Button variant="default" size="compact-xs" aria-label={`End the session in ${program}`} onClick={() => void ask()}>
      End
    </Button>
  )
}

/** `current` and `wanted` as the API calls them; the second entry of the new one is compared here. */
function Password() {
  const [entered, setEntered] = useState({ current: '', wanted: '', again: '' })
  const [isDifferent, setDifferent] = useState(false)
  const change = useCall('POST /me/password', {
    stale: ['/me'],
    onDone: () => {
      said('The password is changed. All your other sessions are over.')
      setEntered({ current: '', wanted: '', again: '' })
    },
  })
  const problem = change.error?.problem
  const mistakes = mistakesOf(problem)
  const isWrong = problem !== undefined && ['access.unauthenticated', 'access.denied'].includes(problem.code)
  const field = (name: keyof typeof entered, mistake: string | undefined) => ({
    value: entered[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      setEntered({ ...entered, [name]: event.currentTarget.value }),
    error: mistake,
    'aria-invalid': mistake !== undefined || undefined,
  })
  const submit = () => {
    setDifferent(entered.wanted !== entered.again)
    if (entered.wanted === entered.again) change.mutate({ body: { current: entered.current, wanted: entered.wanted } })
  }
  return (
    <Box maw={420}>
      <SaveForm
        label="Password"
        verb="Change password"
        isSaving={change.isPending}
        error={change.error}
        onSubmit={submit}
      >
        <Stack gap="sm">
          <PasswordInput
            label="Present password"
            autoComplete="current-password"
            {...field('current', mistakes.current ?? (isWrong ? problem.detail : undefined))}
          />
          <PasswordInput
            label="New password"
            description="At least 12 characters; several words are good."
            autoComplete="new-password"
            {...field('wanted', mistakes.wanted ?? mistakes.password)}
          />
          <PasswordInput
            label="New password, again"
            autoComplete="new-password"
            {...field('again', isDifferent ? 'This is not the same as above.' : undefined)}
          />
        </Stack>
      </SaveForm>
    </Box>
  )
}

/** Whoever sets things up themselves may be the only one. */
function whomToAsk({ ask, name }: { ask: readonly string[]; name: string }): string | undefined {
  const others = ask.filter((one) => one !== name)
  if (others.length > 0) return `For more, ask ${others.join(', ')}.`
  return ask.length > 0 ? undefined : 'For more, ask an administrator.'
}
