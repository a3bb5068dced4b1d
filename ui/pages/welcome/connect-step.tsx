import { Button, Code, Collapse, Divider, PasswordInput, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { type FormEvent, useState } from 'react'
import { ApiProblem, call } from '../../api/call.ts'
import type { Definition } from '../../api/operations.ts'
import { markStale, queryClient, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { ConnectionStages } from '../../parts/connection-test.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { useConnectionTest } from '../../parts/use-connection-test.ts'
import { StepFrame } from './step-frame.tsx'
import type { StepProps } from './welcome.tsx'

/** The account: a destination that is there, or a new one, whose connection is tested stage by stage. */
export function ConnectStep({ setup, onDone }: StepProps) {
  const destinations = useGet('GET /destinations')
  return (
    <StepFrame
      title="Connect Zendesk"
      about="An admin of the account makes an OAuth client (Admin Center, Apps and integrations, OAuth clients; kind: confidential). What is entered is encrypted, and nobody can read it again."
    >
      <WithAnswer of={destinations} loading="Reading the destinations" rows={3}>
        {({ items }) => (
          <Stack gap="lg">
            {items.length > 0 && (
              <Existing of={items} chosen={setup.destination} onDone={(destination) => onDone({ destination })} />
            )}
            {items.length > 0 && <Divider label="or another account" />}
            <NewAccount onDone={(destination) => onDone({ destination })} />
          </Stack>
        )}
      </WithAnswer>
    </StepFrame>
  )
}

interface ExistingProps {
  of: readonly Definition[]
  chosen: string | undefined
  onDone: (destination: string) => void
}

function Existing({ of, chosen, onDone }: ExistingProps) {
  const [destination, setDestination] = useState(chosen ?? of[0]?.key ?? '')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onDone(destination)
      }}
    >
      <Radio.Group label="Destinations" value={destination} onChange={setDestination}>
        <Stack gap="xs" mt="xs">
          {of.map(({ key, body }) => (
            <Radio key={key} value={key} label={key} description={String(body.subdomain ?? '')} />
          ))}
        </Stack>
      </Radio.Group>
      <Button type="submit" size="sm" mt="md">
        Use this account
      </Button>
    </form>
  )
}

/** One per account, so that what is there already, from git say, stays as it is. */
const keyOf = (subdomain: string) => `zendesk_${subdomain}`.slice(0, 64)

interface Entered {
  subdomain: string
  clientId: string
  clientSecret: string
  baseUrl: string
}

/** Saves credential and destination. What was saved by an earlier attempt is changed, so that trying again needs no tidying up. */
async function save({ subdomain, clientId, clientSecret, baseUrl }: Entered): Promise<string> {
  const key = keyOf(subdomain)
  const credential = { type: 'zendesk_oauth', client_id: clientId, client_secret: clientSecret }
  const destination = { plugin: 'zendesk', credential: key, subdomain, ...(baseUrl !== '' && { base_url: baseUrl }) }
  await put('credentials', key, credential)
  await put('destinations', key, destination)
  await markStale(queryClient, ['/credentials', '/destinations'])
  return key
}

async function put(kind: 'credentials' | 'destinations', key: string, body: Record<string, unknown>): Promise<void> {
  try {
    const { version } = await call(`GET /${kind}/{key}`, { params: { key } })
    await call(`PUT /${kind}/{key}`, { params: { key }, body: { body }, ifVersion: version })
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 404) throw error
    await call(`POST /${kind}`, { body: { key, body } })
  }
}

function NewAccount({ onDone }: { onDone: (destination: string) => void }) {
  const [entered, setEntered] = useState<Entered>({ subdomain: '', clientId: '', clientSecret: '', baseUrl: '' })
  const [isBusy, setBusy] = useState(false)
  const test = useConnectionTest('destinations')
  const [problem, setProblem] = useState<ApiProblem['problem'] | null>(null)
  const [isTrying, { toggle }] = useDisclosure(false)
  const field = (name: keyof Entered) => ({
    value: entered[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => {
      const { value } = event.currentTarget
      setEntered((before) => ({ ...before, [name]: value.trim() }))
    },
  })
  const connect = async () => {
    setBusy(true)
    setProblem(null)
    test.reset()
    try {
      const key = await save(entered)
      if (await test.begin(key)) onDone(key)
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setProblem(error.problem)
    } finally {
      setBusy(false)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void connect()
  }
  return (
    <form onSubmit={submit}>
      <Stack maw={480}>
        <TextInput label="Subdomain" description="What stands before .zendesk.com" required {...field('subdomain')} />
        <TextInput label="Identifier of the OAuth client" required {...field('clientId')} />
        <PasswordInput label="Secret of the OAuth client" required autoComplete="off" {...field('clientSecret')} />
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={toggle}
          aria-expanded={isTrying}
          style={{ alignSelf: 'flex-start' }}
        >
          No account to try with?
        </Button>
        <Collapse expanded={isTrying} transitionDuration={0}>
          <Stack gap="xs">
            <Text size="sm">
              Run <Code>deskside emulator</Code> on the machine of the server: it behaves like an account, and prints
              subdomain, client and address. The server goes to an address of its own machine only when{' '}
              <Code>DESKSIDE_ALLOWED_HOSTS</Code> names it.
            </Text>
            <TextInput label="Address of the emulator" placeholder="http://127.0.0.1:4000" {...field('baseUrl')} />
          </Stack>
        </Collapse>
        {problem !== null && <ProblemCard problem={problem} />}
        {isBusy && test.stages === null && (
          <Text size="sm" role="status">
            Signing in to the account and looking at what the client may do…
          </Text>
        )}
        <ConnectionStages of={test} />
        <Button type="submit" size="sm" loading={isBusy} style={{ alignSelf: 'flex-start' }}>
          Save and test
        </Button>
      </Stack>
    </form>
  )
}
