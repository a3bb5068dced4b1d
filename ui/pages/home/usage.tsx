import { Text } from '@mantine/core'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { counted, figure, Moment } from '../../parts/values.tsx'

/** What the account was asked for. */
export function Usage() {
  const figures = useGet('GET /figures', {}, { everyMs: 30_000 })
  return (
    <WithAnswer of={figures} loading="Reading the figures of the server" rows={1}>
      {({ requests, started_at: since, delivered, workflows }) => {
        const people = delivered.created + delivered.updated + delivered.failed
        return (
          <Text size="sm" maw="75ch">
            {counted(requests, 'request')} since the server started (<Moment at={since} />)
            {people > 0 &&
              `, for ${counted(people, 'person', 'people')}: ${((requests / people) * 1_000).toFixed(0)} per 1,000`}
            .{' '}
            {workflows.running > 0 || workflows.waiting > 0
              ? `${counted(workflows.running, 'workflow')} at work, ${figure(workflows.waiting)} waiting.`
              : 'No workflow is at work.'}
          </Text>
        )
      }}
    </WithAnswer>
  )
}
