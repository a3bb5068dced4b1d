import { Anchor, Button, Group, List, Radio, Stack, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useMay } from '../../api/me.ts'
import type { Workflow } from '../../api/operations.ts'
import { useCall } from '../../api/use.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { said } from '../../parts/dialogs.tsx'
import { ProblemCard, type ShownProblem } from '../../parts/problem-card.tsx'
import { placeOf } from './pages.ts'

/** What stopped the run, and the ways out of it. */
export function Resolutions({ workflow }: { workflow: Workflow }) {
  const mayControl = useMay('workflow:control')
  const [isOpen, setOpen] = useState(false)
  const { problem, resolutions } = workflow
  const isProblem = typeof problem?.code === 'string' && typeof problem.fix === 'string'
  if (!isProblem && resolutions.length === 0) return null
  const shown: ShownProblem = isProblem
    ? (problem as unknown as ShownProblem)
    : { code: 'workflow.stopped', message: 'The workflow was stopped.', fix: 'It can go on where it stopped.' }
  return (
    <>
      <ProblemCard
        problem={shown}
        actions={
          resolutions.length > 0 && (
            <Button onClick={() => setOpen(true)}>{mayControl ? 'Show resolutions' : 'Show what can be done'}</Button>
          )
        }
      />
      <Dialog opened={isOpen} onClose={() => setOpen(false)} title="Resolutions" size="lg">
        <Choose workflow={workflow} mayControl={mayControl} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  )
}

interface ChooseProps {
  workflow: Workflow
  mayControl: boolean
  onDone: () => void
}

function Choose({ workflow: { id, resolutions }, mayControl, onDone }: ChooseProps) {
  const [chosen, setChosen] = useState(resolutions[0]?.id ?? '')
  const resolution = resolutions.find((one) => one.id === chosen) ?? resolutions[0]
  const resolve = useCall('POST /workflows/{id}/resolve', {
    stale: ['/workflows'],
    onDone: () => {
      said('The workflow goes on.')
      onDone()
    },
  })
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (resolution !== undefined) resolve.mutate({ params: { id }, body: { resolution: resolution.id } })
  }
  return (
    <form onSubmit={send}>
      <Stack>
        <Radio.Group label="What has happened" value={chosen} onChange={setChosen}>
          <Stack gap="sm" mt="xs">
            {resolutions.map(({ id: key, title, causes }) => (
              <Radio key={key} value={key} label={title} description={causes.join(' ')} />
            ))}
          </Stack>
        </Radio.Group>
        {resolution !== undefined && <Steps of={resolution} />}
        {resolve.error !== null && <ProblemCard problem={resolve.error.problem} />}
        {mayControl ? (
          <Group justify="flex-end">
            <Button variant="default" onClick={onDone}>
              Close
            </Button>
            <Button type="submit" loading={resolve.isPending}>
              {resolution?.action === 'approve' ? 'Approve' : 'Resolve'}
            </Button>
          </Group>
        ) : (
          <Text size="sm">Resolving needs the right workflow:control.</Text>
        )}
      </Stack>
    </form>
  )
}

function Steps({ of: { steps, page } }: { of: Workflow['resolutions'][number] }) {
  const place = placeOf(page)
  return (
    <section aria-label="Steps">
      <Text fw={600} size="sm" mb={4}>
        Steps
      </Text>
      <List type="ordered" size="sm" spacing={4}>
        {steps.map((step) => (
          <List.Item key={step}>{step}</List.Item>
        ))}
      </List>
      {place !== null && (
        <Anchor href={place} target="_blank" rel="noopener" size="sm" mt="xs" display="inline-block">
          Open where to go first, in another tab
        </Anchor>
      )}
    </section>
  )
}
