import { Button, Stack } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMay, useMe } from '../../api/me.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Days } from './days.tsx'
import { LastRuns } from './last-runs.tsx'
import { Needs } from './needs.tsx'
import { Section } from './section.tsx'
import { Usage } from './usage.tsx'

/** Whether all is well, and what needs somebody. */
export function Home() {
  const mayRead = useMay('orchestration:read')
  return (
    <>
      <PageHead title="Home" about="What was delivered, what runs, and what needs somebody." />
      {mayRead ? <Health /> : <Short />}
    </>
  )
}

function Health() {
  const orchestrations = useGet('GET /orchestrations')
  const maySeeRuns = useMay('workflow:read')
  const maySeeFigures = useMay('server:read')
  return (
    <WithAnswer of={orchestrations} loading="Reading the orchestrations">
      {({ items }) =>
        items.length === 0 ? (
          <FirstSteps />
        ) : (
          <Stack gap="xl">
            <Section title="Needs somebody">
              <Needs orchestrations={items} />
            </Section>
            <Section title="Orchestrations" more={{ to: '/activations', text: 'All activations' }}>
              <LastRuns orchestrations={items} />
            </Section>
            {maySeeRuns && (
              <Section title="People delivered per day" more={{ to: '/workflows', text: 'All workflows' }}>
                <Days />
              </Section>
            )}
            {maySeeFigures && (
              <Section title="Requests to Zendesk">
                <Usage />
              </Section>
            )}
          </Stack>
        )
      }
    </WithAnswer>
  )
}

function FirstSteps() {
  const maySetUp = useMay('orchestration:write')
  const { ask } = useMe()
  if (!maySetUp)
    return (
      <EmptyState
        why={`Nothing is delivered yet. Setting up is for operators${ask.length > 0 ? `; you can ask ${ask.join(', ')}` : ''}.`}
      />
    )
  return (
    <EmptyState
      why="Nothing is delivered yet: connect data, connect Zendesk, pick who is sent, look at the plan, and send ten people first. It takes about five minutes."
      action={
        <Button component={Link} to="/welcome">
          Set up
        </Button>
      }
    />
  )
}

/** For somebody who works with segments and sees no orchestrations. */
function Short() {
  const maySeeRuns = useMay('workflow:read')
  return (
    <Stack gap="xl">
      {maySeeRuns && (
        <Section title="People delivered per day" more={{ to: '/workflows', text: 'All workflows' }}>
          <Days />
        </Section>
      )}
      <EmptyState
        why="Segments say who is sent. Build one from attributes, without SQL."
        action={
          <Button component={Link} to="/segments">
            Go to segments
          </Button>
        }
      />
    </Stack>
  )
}
