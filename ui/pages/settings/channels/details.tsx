import { Button, List, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useMay } from '../../../api/me.ts'
import type { Definition } from '../../../api/operations.ts'
import { useCall } from '../../../api/use.ts'
import { Facts } from '../../../parts/facts.tsx'
import { ProblemCard } from '../../../parts/problem-card.tsx'
import { SaveForm } from '../../../parts/save-form.tsx'
import { StateBadge } from '../../../parts/state-badge.tsx'
import { DefinitionActions } from '../parts/definition-panel.tsx'
import { channelTypes } from './channel-form.tsx'
import { eventLabel } from './events.ts'

interface DetailsProps {
  of: Definition
  onEdit: () => void
  onDeleted: () => void
}

export function ChannelDetails({ of, onEdit, onDeleted }: DetailsProps) {
  const { body } = of
  const mayWrite = useMay('notification:write')
  return (
    <Stack>
      <Facts
        of={[
          ['Type', channelTypes[String(body.type)] ?? String(body.type)],
          body.host === undefined ? null : ['Mail server', `${body.host}:${body.port}`],
          body.from === undefined ? null : ['Sender', String(body.from)],
          ['Secrets', of.secrets.length === 0 ? 'none' : `${of.secrets.join(', ')}: set`],
          ['Used by', of.used_by.join(', ') || 'no subscription'],
        ]}
      />
      {mayWrite && (
        <>
          <DefinitionActions
            of={of}
            path="/channels"
            noun="channel"
            what="Nothing is sent through it from then on."
            onEdit={onEdit}
            onDeleted={onDeleted}
          />
          <ChannelTest of={of} />
        </>
      )}
    </Stack>
  )
}

function ChannelTest({ of }: { of: Definition }) {
  const [target, setTarget] = useState('')
  const test = useCall('POST /channels/{key}/test')
  const isMail = of.body.type === 'smtp'
  const send = () => test.mutate({ params: { key: of.key }, body: isMail ? { target } : {} })
  return (
    <>
      {isMail ? (
        <SaveForm
          label="Test message"
          verb="Send a test message"
          isSaving={test.isPending}
          error={test.error}
          onSubmit={send}
        >
          <TextInput
            label="To"
            type="email"
            value={target}
            onChange={(event) => setTarget(event.currentTarget.value)}
          />
        </SaveForm>
      ) : (
        <div>
          <Button variant="default" loading={test.isPending} onClick={send}>
            Send a test message
          </Button>
          {test.error !== null && <ProblemCard problem={test.error.problem} />}
        </div>
      )}
      {test.data !== undefined && (
        <div role="status">
          <StateBadge state={test.data.sent ? 'succeeded' : 'failed'} word={test.data.sent ? 'Sent' : 'Not sent'} />
          {test.data.error !== null && <Text size="sm">The answer: {test.data.error}.</Text>}
        </div>
      )}
    </>
  )
}

export function SubscriptionDetails({ of, onEdit, onDeleted }: DetailsProps) {
  const { body } = of
  const mayWrite = useMay('notification:write')
  return (
    <Stack>
      <Facts
        of={[
          ['Channel', String(body.channel)],
          body.target ? ['To', String(body.target)] : null,
          ['Orchestrations', Array.isArray(body.orchestrations) ? body.orchestrations.join(', ') : 'all'],
        ]}
      />
      <List size="sm">
        {(body.events as string[]).map((event) => (
          <List.Item key={event}>{eventLabel(event)}</List.Item>
        ))}
      </List>
      {mayWrite && (
        <DefinitionActions
          of={of}
          path="/subscriptions"
          noun="subscription"
          what="Nobody is told by it from then on."
          onEdit={onEdit}
          onDeleted={onDeleted}
        />
      )}
    </Stack>
  )
}
