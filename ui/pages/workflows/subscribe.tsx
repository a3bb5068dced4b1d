import { Button, Checkbox, Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { WorkflowSubscription } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { said, saidProblem } from '../../parts/dialogs.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'

type EventName = WorkflowSubscription['events'][number]

const eventWords: Record<EventName, string> = {
  failed: 'It fails',
  succeeded: 'It completes, also with alerts',
  stopped: 'It is stopped',
  runs_long: 'It runs long',
}

/** Who hears of this one run, and through which channel. */
export function Subscribe({ id, onClose }: { id: string; onClose: () => void }) {
  const { data } = useGet('GET /workflows/{id}/subscriptions', { params: { id } })
  return (
    <Dialog opened onClose={onClose} title="Tell how it ends">
      <Stack>
        {data?.items.map((one) => (
          <Subscription key={one.id} of={one} />
        ))}
        <NewSubscription id={id} />
      </Stack>
    </Dialog>
  )
}

function Subscription({ of: { id: subscription, workflow, channel, target, events } }: { of: WorkflowSubscription }) {
  const remove = useCall('DELETE /workflows/{id}/subscriptions/{subscription}', { stale: ['/workflows'] })
  return (
    <Group justify="space-between" wrap="nowrap">
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {channel}
        {target !== '' && ` to ${target}`}: {events.map((event) => eventWords[event].toLowerCase()).join(', ')}
      </Text>
      <Button
        variant="subtle"
        loading={remove.isPending}
        onClick={() => remove.mutate({ params: { id: workflow, subscription } }, { onError: saidProblem })}
      >
        Remove
      </Button>
    </Group>
  )
}

function NewSubscription({ id }: { id: string }) {
  const channels = useGet('GET /channels')
  const [channel, setChannel] = useState<string | null>(null)
  const [events, setEvents] = useState<EventName[]>(['failed'])
  const [target, setTarget] = useState('')
  const [minutes, setMinutes] = useState<number | string>(30)
  const add = useCall('POST /workflows/{id}/subscriptions', {
    stale: ['/workflows'],
    onDone: () => said('You will be told.'),
  })
  const items = channels.data?.items ?? []
  const isMail = items.find(({ key }) => key === channel)?.body.type === 'smtp'
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (channel === null) return
    const long = events.includes('runs_long') ? { runtime_minutes: Number(minutes) } : {}
    add.mutate({ params: { id }, body: { channel, events, ...(isMail && { target }), ...long } })
  }
  if (channels.data !== undefined && items.length === 0)
    return <Text size="sm">There is no channel yet. Whoever runs Deskside sets one up in the settings.</Text>
  return (
    <form onSubmit={send}>
      <Stack gap="sm">
        <Select label="Channel" data={items.map(({ key }) => key)} value={channel} onChange={setChannel} required />
        {isMail && (
          <TextInput
            label="E-mail address"
            type="email"
            value={target}
            onChange={(event) => setTarget(event.currentTarget.value)}
            required
          />
        )}
        <Checkbox.Group label="Tell when" value={events} onChange={(value) => setEvents(value as EventName[])}>
          <Stack gap={6} mt={4}>
            {Object.entries(eventWords).map(([value, label]) => (
              <Checkbox key={value} value={value} label={label} />
            ))}
          </Stack>
        </Checkbox.Group>
        {events.includes('runs_long') && (
          <NumberInput label="Longer than so many minutes" min={1} value={minutes} onChange={setMinutes} required />
        )}
        {add.error !== null && <ProblemCard problem={add.error.problem} />}
        <Group justify="flex-end">
          <Button type="submit" loading={add.isPending} disabled={events.length === 0}>
            Tell
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
