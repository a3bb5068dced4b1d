import { Anchor, Stepper } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMe } from '../../api/me.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { ConnectStep } from './connect-step.tsx'
import { DataStep } from './data-step.tsx'
import { PlanStep } from './plan-step.tsx'
import { SendStep } from './send-step.tsx'
import { WhoStep } from './who-step.tsx'

const steps = ['Data', 'Zendesk', 'Who is sent', 'Plan', 'Send'] as const

/** What one step hands to the next; all of it stands in the address, so that going back and reloading lose nothing. */
export interface Setup {
  table?: string | undefined
  destination?: string | undefined
  query?: string | undefined
  orchestration?: string | undefined
  plan?: string | undefined
}

export interface StepProps {
  setup: Setup
  onDone: (found: Setup) => void
}

/** From nothing to the first people in Zendesk. */
export function Welcome() {
  const [search, setSearch] = useSearchState()
  const { may, ask } = useMe()
  const needed = [
    'query:write',
    'credential:write',
    'destination:write',
    'orchestration:write',
    'orchestration:run',
  ] as const
  const step = Math.min(Math.max(Number(search.step ?? 1) || 1, 1), steps.length)
  const onDone = (found: Setup) =>
    setSearch({ ...found, step: String(Math.min(step + 1, steps.length)) } as Record<string, string | undefined>, true)
  const props: StepProps = { setup: search as Setup, onDone }
  const head = (
    <PageHead
      title="Set up"
      about="From data to the first ten people in Zendesk, in five steps. Nothing is sent before the last one."
      actions={
        <Anchor component={Link} to="/" size="sm">
          Leave
        </Anchor>
      }
    />
  )
  if (needed.some((action) => !may.includes(action)))
    return (
      <>
        {head}
        <EmptyState
          why={`Setting up is for operators and administrators${ask.length > 0 ? `; you can ask ${ask.join(', ')}` : ''}.`}
        />
      </>
    )
  return (
    <>
      {head}
      <Stepper
        active={step - 1}
        onStepClick={(index) => setSearch({ step: String(index + 1) }, true)}
        allowNextStepsSelect={false}
        size="xs"
        mb="lg"
        aria-label="Steps"
      >
        {steps.map((label) => (
          <Stepper.Step key={label} label={label} />
        ))}
      </Stepper>
      {step === 1 && <DataStep {...props} />}
      {step === 2 && <ConnectStep {...props} />}
      {step === 3 && <WhoStep {...props} />}
      {step === 4 && <PlanStep {...props} />}
      {step === 5 && <SendStep {...props} />}
    </>
  )
}
