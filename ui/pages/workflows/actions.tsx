import { ActionIcon, Button, Menu } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../api/me.ts'
import type { Workflow } from '../../api/operations.ts'
import { useCall } from '../../api/use.ts'
import { confirm, said, saidProblem } from '../../parts/dialogs.tsx'
import { Subscribe } from './subscribe.tsx'
import { isOver } from './words.ts'

/** What may be done with a run, as far as the person may. */
export function WorkflowActions({ workflow }: { workflow: Workflow }) {
  const mayRun = useMay('orchestration:run')
  const mayWrite = useMay('notification:write')
  const [isSubscribing, setSubscribing] = useState(false)
  const { id, orchestration, rows } = workflow
  const isDone = isOver(workflow)
  const again = useRunAgain(orchestration)
  const undo = useUndo(workflow)
  const hasSent = ['created', 'updated'].some((name) => Number(rows?.[name] ?? 0) > 0)
  const mayUndo = mayRun && isDone && hasSent
  return (
    <>
      {!isDone && workflow.state !== 'stopping' && <StopButton workflow={workflow} />}
      {isDone && mayRun && (
        <Button variant="default" loading={again.isPending} onClick={again.ask}>
          Run again
        </Button>
      )}
      {(mayUndo || mayWrite) && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label="More actions" size={34} loading={undo.isPending}>
              <Ellipsis size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {mayWrite && <Menu.Item onClick={() => setSubscribing(true)}>Tell how it ends</Menu.Item>}
            {mayUndo && <Menu.Item onClick={undo.ask}>Undo</Menu.Item>}
          </Menu.Dropdown>
        </Menu>
      )}
      {isSubscribing && <Subscribe id={id} onClose={() => setSubscribing(false)} />}
    </>
  )
}

function StopButton({ workflow: { id, state } }: { workflow: Workflow }) {
  const mayControl = useMay('workflow:control')
  const stop = useCall('POST /workflows/{id}/stop', {
    stale: ['/workflows'],
    onDone: () => said(state === 'waiting' ? 'Stopped.' : 'Stopping. The jobs on their way are settled first.'),
  })
  if (!mayControl) return null
  const ask = async () => {
    const isSure = await confirm({
      title: 'Stop this workflow',
      what:
        state === 'waiting'
          ? 'Nothing of it is on its way. It ends at once.'
          : 'It sends nothing more and ends when the jobs on their way are settled. What was delivered stays. It can go on later, and nothing is sent twice.',
      verb: 'Stop workflow',
      hurts: true,
    })
    if (isSure) stop.mutate({ params: { id } }, { onError: saidProblem })
  }
  return (
    <Button variant="default" loading={stop.isPending} onClick={() => void ask()}>
      Stop
    </Button>
  )
}

function useRunAgain(orchestration: string) {
  const navigate = useNavigate()
  const run = useCall('POST /orchestrations/{key}/runs', {
    stale: ['/workflows'],
    onDone: ({ id }) => void navigate({ to: '/workflows/$id', params: { id }, search: {} }),
  })
  const ask = async () => {
    const what = `The query of ${orchestration} runs again, as it is now. Those who differ from the last delivery are sent to Zendesk.`
    if (await confirm({ title: 'Run again', what, verb: 'Run' }))
      run.mutate({ params: { key: orchestration } }, { onError: saidProblem })
  }
  return { isPending: run.isPending, ask: () => void ask() }
}

function useUndo({ id, rows }: Workflow) {
  const navigate = useNavigate()
  const undo = useCall('POST /workflows/{id}/undo', {
    onDone: ({ plan }) => void navigate({ to: '/plans/$id', params: { id: plan.plan_id } }),
  })
  const ask = async () => {
    const isSure = await confirm({
      title: 'Undo this run',
      what: `Reads the people of this run in Zendesk (${Number(rows?.created ?? 0)} created, ${Number(rows?.updated ?? 0)} updated) and plans what takes their values back. Nothing is sent before you have looked at the plan.`,
      verb: 'Plan undo',
    })
    if (isSure) undo.mutate({ params: { id } }, { onError: saidProblem })
  }
  return { isPending: undo.isPending, ask: () => void ask() }
}
