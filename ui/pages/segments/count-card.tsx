import { Progress, Text } from '@mantine/core'
import type { Answer } from '../../api/call.ts'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { type Live, namedMistakes } from '../../parts/use-live.ts'
import { figure, percent } from '../../parts/values.tsx'
import classes from './segments.module.css'

interface CountCardProps {
  live: Live<Answer<'POST /segments/count'>>
  /** Why nothing is counted, if so. */
  why: string | null
}

/** How many people the segment has at this moment. The figure before stays, dimmed, while another is counted. */
export function CountCard({ live: { answer, problem, isBusy }, why }: CountCardProps) {
  const places = namedMistakes(problem)
  const isOld = isBusy || problem !== null || why !== null
  const share = answer === null || answer.total === 0 ? 0 : answer.count / answer.total
  const words = isBusy
    ? 'Counting…'
    : (why ?? (places.length > 0 ? 'Finish the conditions that are marked; then it is counted.' : null))
  return (
    <section className={classes.count} aria-label="People in the segment">
      <div className={classes.figures} data-old={isOld || undefined}>
        <Text span className={classes.big}>
          {answer === null ? '—' : figure(answer.count)}
        </Text>
        <Text span size="sm" c="dimmed">
          {answer === null ? 'people' : `of ${figure(answer.total)} people`}
        </Text>
      </div>
      <Progress value={share * 100} size="sm" aria-label="Share of the people" />
      <Text size="xs" c="dimmed" role="status" mih={20}>
        {words ?? (answer === null ? '' : `${percent(share)} of the attributes table`)}
      </Text>
      {problem !== null && places.length === 0 && !isBusy && <ProblemCard problem={problem.problem} />}
    </section>
  )
}
