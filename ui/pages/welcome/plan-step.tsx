import { Button, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ApiProblem, call } from '../../api/call.ts'
import type { Plan } from '../../api/operations.ts'
import { markStale, queryClient } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { Difference } from '../../parts/difference.tsx'
import { Facts } from '../../parts/facts.tsx'
import { PersonName } from '../../parts/person-name.tsx'
import { counted, duration, figure } from '../../parts/values.tsx'
import { StepFrame } from './step-frame.tsx'
import type { StepProps } from './welcome.tsx'

/** The orchestration of this set-up, made when it is not there yet. */
async function orchestrationFor(query: string, destination: string): Promise<string> {
  const { items } = await call('GET /orchestrations')
  const there = items.find(({ body }) => body.query === query && body.destination === destination)
  if (there !== undefined) return there.key
  const { key } = await call('POST /orchestrations', { body: { body: { query, destination }, key: query } })
  await markStale(queryClient, ['/orchestrations'])
  return key
}

/** What would be sent, before anything is. */
export function PlanStep({ setup: { query = '', destination = '' }, onDone }: StepProps) {
  const planned = useQuery<{ orchestration: string; plan: Plan }, ApiProblem>({
    queryKey: ['first plan', query, destination],
    queryFn: async ({ signal }) => {
      const orchestration = await orchestrationFor(query, destination)
      const plan = await call('POST /orchestrations/{key}/plan', { params: { key: orchestration }, signal })
      return { orchestration, plan }
    },
    enabled: query !== '' && destination !== '',
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  return (
    <StepFrame
      title="What would be sent?"
      about="The query is run and compared with the account. A plan only reads; exactly what it shows is what is sent later."
    >
      {query === '' || destination === '' ? (
        <Text size="sm">A query and an account are needed first: go back to the steps before.</Text>
      ) : (
        <WithAnswer of={planned} loading="Running the query and comparing it with the account" rows={8}>
          {({ orchestration, plan }) => (
            <PlanView plan={plan} onDone={() => onDone({ orchestration, plan: plan.plan_id })} />
          )}
        </WithAnswer>
      )}
    </StepFrame>
  )
}

function PlanView({ plan, onDone }: { plan: Plan; onDone: () => void }) {
  const { people, rows, rejected, ignored_columns: ignored, cost, changes_sample: sample } = plan
  const sent = people.create + people.update
  return (
    <Stack>
      <Facts
        of={[
          ['Rows of the query', figure(rows.total)],
          ['New in Zendesk', figure(people.create)],
          ['Changed', figure(people.update)],
          ['Unchanged', figure(people.unchanged)],
          ...rejected.map(({ rows: count, reason }) => [`${figure(count)} not sent`, reason] as const),
          ...ignored.map(
            ({ column, did_you_mean: meant }) =>
              [`Column ${column}`, `is ignored${meant === null ? '' : `: did you mean ${meant}?`}`] as const,
          ),
          ['Cost', `${counted(cost.requests, 'request')} to Zendesk, about ${duration(cost.eta_ms)}`],
        ]}
      />
      {sample.slice(0, 3).map((change) => (
        <section key={change.change} aria-label="A change">
          <Text size="sm" fw={600} component="div">
            <PersonName name={change.name} email={change.email} externalId={change.external_id} />
          </Text>
          <Facts
            of={change.fields
              .slice(0, 6)
              .map((one) => [one.field, <Difference key={one.field} before={one.old} after={one.new} />])}
          />
        </section>
      ))}
      {sent === 0 ? (
        <Text size="sm">Nobody would be sent. Look at what is not sent and why, and go back to the query.</Text>
      ) : (
        <Button size="sm" onClick={onDone} style={{ alignSelf: 'flex-start' }}>
          Go on to sending
        </Button>
      )}
    </Stack>
  )
}
