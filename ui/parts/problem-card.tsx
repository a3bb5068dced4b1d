import { Button, Group, List, Stack, Text } from '@mantine/core'
import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Problem } from '../api/operations.ts'
import { useGet } from '../api/use.ts'
import { Marked } from './marked.tsx'
import classes from './problem-card.module.css'

const whoActs: Record<string, string> = {
  you: 'For you to do',
  source: 'For whoever owns the data',
  destination: 'For an admin of the Zendesk account',
  us: 'A bug of Deskside',
  administrator: 'For an administrator of Deskside',
  provider: 'For whoever runs the identity provider',
  machine: 'For whoever runs the server',
}

/** What a problem has at least, wherever it comes from: an answer of the API, a workflow, a task. */
export interface ShownProblem {
  code: string
  fix: string
  who?: string
  detail?: string
  message?: string
  errors?: { pointer: string; message: string }[]
  request_id?: string
}

interface ProblemCardProps {
  problem: ShownProblem | Problem
  onRetry?: () => void
  /** The buttons that do what is to be done. */
  actions?: ReactNode
}

/** What happened, who must act, and what to do next. */
export function ProblemCard({ problem, onRetry, actions }: ProblemCardProps) {
  const { code, fix, who, errors, request_id: request } = problem as ShownProblem
  const what = (problem as ShownProblem).detail ?? (problem as ShownProblem).message ?? code
  return (
    <section className={classes.card} role="alert" aria-label="Problem">
      <CircleAlert size={18} aria-hidden className={classes.icon} />
      <Stack gap={6} style={{ minWidth: 0, flex: 1 }}>
        <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
          <Marked text={what} />
        </Text>
        {errors !== undefined && errors.length > 0 && (
          <List size="sm">
            {errors.map(({ pointer, message }) => (
              <List.Item key={pointer + message}>
                {pointer.replace(/^\/(body|query|path)\/?/, '').replaceAll('/', ' › ')}: <Marked text={message} />
              </List.Item>
            ))}
          </List>
        )}
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          <Marked text={fix} />
        </Text>
        {code === 'access.denied' && <WhomToAsk />}
        <Text size="xs" c="dimmed">
          {[who === undefined ? null : whoActs[who], code, request ? `request ${request}` : null]
            .filter((part) => part !== null)
            .join(' · ')}
        </Text>
        {(actions !== undefined || onRetry !== undefined) && (
          <Group gap="xs" mt={4}>
            {actions}
            {onRetry !== undefined && (
              <Button variant="default" onClick={onRetry}>
                Try again
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </section>
  )
}

function WhomToAsk() {
  // The frame of the pages has read it; where nobody is signed in, nobody is asked.
  const { data } = useGet('GET /me', {}, { enabled: false })
  if (data === undefined || data.ask.length === 0) return null
  return <Text size="sm">You can ask {data.ask.join(', ')}.</Text>
}
