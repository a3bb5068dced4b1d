import { List, Stack, Text } from '@mantine/core'
import classes from './connection-test.module.css'
import { ElapsedTime } from './elapsed.tsx'
import { ProblemCard } from './problem-card.tsx'
import { StateBadge } from './state-badge.tsx'
import type { ConnectionTest, HeardStage } from './use-connection-test.ts'
import { counted } from './values.tsx'

const looks = { ok: 'passed', note: 'issue', failed: 'failed' } as const
const words = { ok: 'Passed', note: 'Note', failed: 'Failed' } as const

/** What a test of a connection finds, stage by stage as it goes on. */
export function ConnectionStages({ of }: { of: ConnectionTest }) {
  const { stages, isTesting, problem } = of
  const failed = stages?.find(({ found }) => found?.problem)?.found?.problem
  return (
    <Stack gap="sm">
      {/* It is there before anything stands in it, so that all of it is told. */}
      <div role="log" aria-label="Stages of the test">
        {stages !== null && stages.length > 0 && (
          <List listStyleType="none" className={classes.stages}>
            {stages.map((stage, position) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a stage keeps its place, and each account has one of the same name
              <Row key={position} of={stage} />
            ))}
          </List>
        )}
        <Text size="sm" fw={of.ok === null ? undefined : 500}>
          {sentence(of)}
        </Text>
      </div>
      {failed && <ProblemCard problem={failed} />}
      {!isTesting && problem !== null && <ProblemCard problem={problem} />}
    </Stack>
  )
}

function Row({ of: { title, found } }: { of: HeardStage }) {
  return (
    <li className={classes.stage} aria-atomic="true">
      {found === null ? (
        <StateBadge state="running" />
      ) : (
        <StateBadge state={looks[found.outcome]} word={words[found.outcome]} />
      )}
      <div>
        <Text size="sm" fw={500}>
          {title}
        </Text>
        {found === null ? (
          <ElapsedTime />
        ) : (
          found.problem === null && (
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {found.detail}
            </Text>
          )
        )}
      </div>
    </li>
  )
}

/** How the test stands, where its stages do not say it. */
export function sentence({ stages, isTesting, ok, problem }: ConnectionTest): string {
  if (stages === null) return ''
  if (isTesting) return stages.length === 0 ? 'The test begins…' : ''
  if (problem !== null || ok === null) return ''
  const found = stages.map((one) => one.found)
  const at = found.find((one) => one?.outcome === 'failed')
  if (!ok) return at ? `The test ended at: ${at.title}.` : 'The connection does not work.'
  const notes = found.filter((one) => one?.outcome === 'note').length
  return notes === 0 ? 'The connection works.' : `The connection works; ${counted(notes, 'note')} to read.`
}
