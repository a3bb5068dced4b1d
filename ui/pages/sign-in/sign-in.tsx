import { Anchor, Button, Divider, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useEffect, useState } from 'react'
import { queryClient, useCall, useGet } from '../../api/use.ts'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { failureOf } from './failures.ts'
import classes from './sign-in.module.css'

/** Signing in, with a password or at an identity provider; then on to where one wanted to go. */
export function SignIn() {
  const { to = '/', problem } = useSearch({ from: '/sign-in' })
  const navigate = useNavigate()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useCall('POST /sign-in', {
    onDone: () => {
      queryClient.clear()
      void navigate({ href: to, replace: true })
    },
  })
  const failure = signIn.error?.problem ?? (signIn.isPending ? null : failureOf(problem))
  useEffect(() => {
    document.title = 'Sign in · Deskside'
  }, [])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    signIn.mutate({ body: { email, password } })
  }
  return (
    <main className={classes.page}>
      <Paper withBorder p="xl" w="100%" maw={400}>
        <Stack>
          <img src="/icon.svg" alt="" width={36} height={36} />
          <Title order={1}>Sign in to Deskside</Title>
          {failure !== null && <ProblemCard problem={failure} />}
          <form onSubmit={submit}>
            <Stack>
              <TextInput
                label="E-mail address"
                type="email"
                autoComplete="username"
                required
                autoFocus
                value={email}
                onChange={(event) => setEmail(event.currentTarget.value)}
              />
              <PasswordInput
                label="Password"
                autoComplete="current-password"
                required
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
              />
              <Button type="submit" size="sm" loading={signIn.isPending}>
                Sign in
              </Button>
            </Stack>
          </form>
          <Providers to={to} />
          <Text size="xs" c="dimmed">
            No password yet, or a forgotten one? An administrator gives you a link.
          </Text>
        </Stack>
      </Paper>
    </main>
  )
}

/** The server takes so many characters of a way back; what is longer leads home. */
const longestWay = 1_000

function Providers({ to }: { to: string }) {
  const { data } = useGet('GET /sign-in/providers')
  if (data === undefined || data.items.length === 0) return null
  const way = to.length > longestWay ? '' : `?${new URLSearchParams({ return_to: to })}`
  return (
    <>
      <Divider label="or" />
      {data.items.map(({ key, name }) => (
        <Anchor key={key} href={`/api/v1/sign-in/${encodeURIComponent(key)}/begin${way}`} className={classes.provider}>
          Sign in with {name}
        </Anchor>
      ))}
    </>
  )
}
