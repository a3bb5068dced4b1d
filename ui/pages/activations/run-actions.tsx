import { ActionIcon, Button, Menu, Text } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { ChevronDown, Ellipsis } from 'lucide-react'
import { lastWorkflowOf, nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall } from '../../api/use.ts'
import { useDeletion } from '../../parts/deletion.tsx'
import { confirm, said, saidProblem } from '../../parts/dialogs.tsx'
import { pausedAt } from './objects.ts'

const stale = ['/orchestrations', '/workflows', '/groups']
const works = new Set(['waiting', 'running', 'stopping'])

/** Whether its last workflow has not ended yet. */
export const isAtWork = (orchestration: Definition): boolean => works.has(lastWorkflowOf(orchestration)?.state ?? '')

/** What can be done with one orchestration, each behind a function that also asks where it hurts. `isShown`: the page shows why a plan failed. */
export function useOrchestrationActions(orchestration: Definition, isShown = false) {
  const navigate = useNavigate()
  const { key } = orchestration
  const name = nameOf(orchestration)
  const run = useCall('POST /orchestrations/{key}/runs', {
    stale,
    onDone: ({ id }) => void navigate({ to: '/workflows/$id', params: { id } }),
  })
  const plan = useCall('POST /orchestrations/{key}/plan', {
    stale: ['/plans'],
    onDone: ({ plan_id: id }) => void navigate({ to: '/plans/$id', params: { id } }),
  })
  const stop = useCall('POST /workflows/{id}/stop', { stale, onDone: () => said(`${name} is stopping.`) })
  const resume = useCall('POST /orchestrations/{key}/resume', { stale, onDone: () => said(`${name} may run again.`) })
  const deletion = useDeletion('/orchestrations', {
    noun: 'orchestration',
    what: 'It sends nothing any more. Its query, its destination, its past workflows and the people in Zendesk stay.',
    onDeleted: () => navigate({ to: '/activations' }),
    stale,
  })
  const onError = saidProblem
  return {
    plan: () => plan.mutate({ params: { key } }, isShown ? {} : { onError }),
    /** Why no plan could be made. */
    problem: plan.error?.problem ?? null,
    isPlanning: plan.isPending,
    isBusy: plan.isPending || run.isPending || deletion.isDeleting,
    async run(sample: number | null) {
      const what =
        sample === null
          ? 'Everybody who differs is sent without a look at the plan first. Guards stop it when too much would change.'
          : `The first ${sample} people of the result are sent, so that you can look at them in Zendesk.`
      const verb = sample === null ? 'Run' : `Send ${sample}`
      if (await confirm({ title: `${verb}: ${name}`, what, verb }))
        run.mutate({ params: { key }, body: { sample } }, { onError })
    },
    stop() {
      const last = lastWorkflowOf(orchestration)
      if (last !== null) stop.mutate({ params: { id: last.id } }, { onError })
    },
    resume: () => resume.mutate({ params: { key } }, { onError }),
    remove: () => deletion.ask(orchestration),
  }
}

/** The button of a row or a page that holds everything that can be done with an orchestration. */
export function OrchestrationMenu({ orchestration, isMain = false }: { orchestration: Definition; isMain?: boolean }) {
  const mayRun = useMay('orchestration:run')
  const mayControl = useMay('workflow:control')
  const mayWrite = useMay('orchestration:write') && orchestration.source === 'ui'
  const actions = useOrchestrationActions(orchestration)
  const atWork = isAtWork(orchestration)
  const isPaused = pausedAt(orchestration) !== null
  const { key } = orchestration
  if (!mayRun && !mayWrite && !(mayControl && atWork)) return null
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        {isMain ? (
          <Button variant="default" loading={actions.isBusy} rightSection={<ChevronDown size={14} aria-hidden />}>
            Actions
          </Button>
        ) : (
          <ActionIcon loading={actions.isBusy} aria-label={`Actions: ${nameOf(orchestration)}`}>
            <Ellipsis size={16} aria-hidden />
          </ActionIcon>
        )}
      </Menu.Target>
      <Menu.Dropdown>
        {mayRun && !isPaused && (
          <>
            <Menu.Item onClick={actions.plan}>Plan first</Menu.Item>
            <Menu.Item onClick={() => void actions.run(10)}>Send 10</Menu.Item>
            <Menu.Item onClick={() => void actions.run(100)}>Send 100</Menu.Item>
            <Menu.Item onClick={() => void actions.run(null)}>Run</Menu.Item>
          </>
        )}
        {mayRun && isPaused && <Menu.Item onClick={actions.resume}>Resume</Menu.Item>}
        {mayControl && atWork && <Menu.Item onClick={actions.stop}>Stop</Menu.Item>}
        {mayWrite && (
          <>
            <Menu.Divider />
            {!isMain && (
              <Menu.Item
                component={Link}
                to="/orchestrations/$key"
                {...({ params: { key }, search: { edit: 'yes' } } as object)}
              >
                Edit
              </Menu.Item>
            )}
            <Menu.Item c="var(--deskside-bad)" onClick={() => void actions.remove()}>
              Delete
            </Menu.Item>
          </>
        )}
        {orchestration.source === 'git' && (
          <Text size="xs" c="dimmed" px="sm" py={4} maw={240}>
            It comes from deskside.yml: change it there.
          </Text>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
