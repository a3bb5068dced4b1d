import { List, Text } from '@mantine/core'
import type { Stage } from '../../../api/operations.ts'
import { StateBadge } from '../../../parts/state-badge.tsx'
import classes from './stages.module.css'

const looks = { ok: 'passed', note: 'issue', failed: 'failed' } as const
const words = { ok: 'Passed', note: 'Note', failed: 'Failed' } as const

/** What a test of the connection found, stage by stage. */
export function Stages({ of }: { of: readonly Stage[] }) {
  return (
    <List listStyleType="none" className={classes.stages} aria-label="Stages of the test">
      {of.map(({ stage, title, outcome, detail, problem }) => (
        <li key={stage} className={classes.stage}>
          <StateBadge state={looks[outcome]} word={words[outcome]} />
          <div>
            <Text size="sm" fw={500}>
              {title}
            </Text>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {problem?.message ?? detail}
            </Text>
            {problem !== null && <Text size="sm">{problem.fix}</Text>}
          </div>
        </li>
      ))}
    </List>
  )
}
