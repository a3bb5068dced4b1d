import { Button, Group, Stack, Tabs, Text } from '@mantine/core'
import { Play } from 'lucide-react'
import { useState } from 'react'
import type { Answer } from '../../api/call.ts'
import { useMay } from '../../api/me.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { SqlCheck } from '../../parts/column-check.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { mistakesAt, type RuleGroup, toBuilder, withoutColumn } from '../../parts/rules/model.ts'
import { RulesEditor } from '../../parts/rules/rules-editor.tsx'
import { Section } from '../../parts/section.tsx'
import { SqlText } from '../../parts/sql/sql.tsx'
import { type Live, namedMistakes, useLive } from '../../parts/use-live.ts'
import classes from './queries.module.css'
import { Results } from './results.tsx'
import { TableSelect } from './table-select.tsx'
import type { EditedDraft } from './use-draft.ts'
import { useVisualGround } from './use-sources.ts'
import { useTry } from './use-try.ts'
import { askedOf, placed, whereOf } from './visual.ts'
import { VisualColumns } from './visual-columns.tsx'

const FIRST_ROWS = 100

/** A visual query to write: of which table, which records, which columns; below it its rows, its SQL and what becomes of its columns. */
export function VisualEditor({ draft }: { draft: EditedDraft }) {
  const { body, change } = draft
  const [where, setWhere] = useWhere(draft)
  const { columns, ground, isMissing } = useVisualGround(body)
  const isUnfinished = withoutColumn(where).length > 0
  const live = useLive('POST /queries/sql', isUnfinished ? null : askedOf(body))
  const { rules, others } = mistakesAt(namedMistakes(live.problem), 'where')
  const mistakes = placed(others, body)
  return (
    <Stack gap="lg">
      <div className={classes.visual}>
        <Stack gap="lg" miw={0}>
          <TableSelect of={body} onChange={change} error={mistakes.from} />
          {!isMissing && (
            <WithAnswer of={columns} loading="Reading the columns of the table">
              {() => (
                <Section title="Which records">
                  <RulesEditor
                    label="Which records"
                    of="Records that meet"
                    within="those that meet"
                    value={where}
                    onChange={setWhere}
                    ground={ground}
                    mistakes={rules}
                    empty="Every record of the table. Add a condition to narrow it down."
                  />
                </Section>
              )}
            </WithAnswer>
          )}
        </Stack>
        <VisualColumns
          of={body}
          onChange={change}
          names={ground.columns.map(({ column }) => column)}
          mistakes={mistakes}
        />
      </div>
      <Outcome
        live={live}
        isUnfinished={isUnfinished}
        hasPlaces={namedMistakes(live.problem).length > mistakes.others.length}
        database={body.database ?? null}
      />
    </Stack>
  )
}

/** The rules as they are edited: what is saved of them is less, and what somebody else has saved goes before them. */
function useWhere({ body, change }: EditedDraft): [RuleGroup, (next: RuleGroup) => void] {
  const [where, setWhere] = useState(() => toBuilder(body.where))
  const saved = (group: RuleGroup) => JSON.stringify(whereOf(group) ?? null)
  if (saved(where) !== saved(toBuilder(body.where))) setWhere(toBuilder(body.where))
  return [
    where,
    (next) => {
      setWhere(next)
      if (saved(next) !== saved(where)) change({ where: whereOf(next) })
    },
  ]
}

interface OutcomeProps {
  live: Live<Answer<'POST /queries/sql'>>
  /** A condition has no column yet. */
  isUnfinished: boolean
  /** Mistakes are shown at their places. */
  hasPlaces: boolean
  database: string | null
}

function Outcome({ live: { answer, problem, isBusy }, isUnfinished, hasPlaces, database }: OutcomeProps) {
  const [tab, setTab] = useState<string | null>('rows')
  const [ran, setRan] = useState<string | null>(null)
  const { trial, run, cancel } = useTry()
  const mayRun = useMay('query:run')
  const mayCheck = useMay('destination:read') && mayRun
  const isReady = answer !== null && problem === null && !isBusy && !isUnfinished
  const sql = answer?.sql ?? ''
  const runIt = () => {
    setTab('rows')
    setRan(sql)
    run({ sql, limit: FIRST_ROWS, ...(database !== null && { database }) })
  }
  return (
    <section aria-label="As it is now">
      {mayRun && (
        <Group gap="sm" mb="sm">
          <Button leftSection={<Play size={14} aria-hidden />} disabled={!isReady} onClick={runIt}>
            Run
          </Button>
          <Text size="sm" c="dimmed" role="status">
            {isUnfinished && 'A condition without a column is not saved yet. Choose one; then it can be run.'}
            {!isUnfinished && hasPlaces && 'Finish what is marked; then it can be run.'}
            {isReady && trial.state === 'done' && ran !== sql && 'It was changed since it was run.'}
          </Text>
        </Group>
      )}
      {problem !== null && !hasPlaces && !isBusy && <ProblemCard problem={problem.problem} />}
      <Tabs value={mayRun ? tab : 'sql'} onChange={setTab} keepMounted={false}>
        <Tabs.List mb="sm">
          {mayRun && <Tabs.Tab value="rows">Rows</Tabs.Tab>}
          <Tabs.Tab value="sql">SQL</Tabs.Tab>
          {mayCheck && (
            <Tabs.Tab value="columns" disabled={!isReady && tab !== 'columns'}>
              Columns
            </Tabs.Tab>
          )}
        </Tabs.List>
        <Tabs.Panel value="rows">
          <Results trial={trial} onCancel={cancel} />
        </Tabs.Panel>
        <Tabs.Panel value="sql">
          {(isUnfinished || problem !== null) && (
            <Text size="sm" c="dimmed" mb="xs">
              {answer === null
                ? 'Its SQL is written once nothing is marked any more.'
                : 'Its SQL before the last changes.'}
            </Text>
          )}
          {answer !== null && <SqlText sql={sql} label="SQL of the draft" />}
        </Tabs.Panel>
        {mayCheck && (
          <Tabs.Panel value="columns">
            <SqlCheck sql={sql} database={database} />
          </Tabs.Panel>
        )}
      </Tabs>
    </section>
  )
}
