import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { Facts } from '../../parts/facts.tsx'
import type { Kind, RuleGroup } from '../../parts/rules/model.ts'
import { RulesInWords } from '../../parts/rules/rules-in-words.tsx'
import { SqlText } from '../../parts/sql/sql.tsx'
import { Moment } from '../../parts/values.tsx'
import { CountCard } from './count-card.tsx'
import classes from './segments.module.css'
import { useLive } from './use-live.ts'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Who is in a segment, in words, how many they are, and what sends it. */
export function Summary({ of }: { of: Definition }) {
  const { body } = of
  const live = useLive('POST /segments/count', 'sql' in body ? null : body)
  const columns = useGet('GET /attributes-tables/{key}/columns', { params: { key: text(body.attributes) } })
  const kinds = new Map<string, Kind>(
    (columns.data?.items ?? []).map(({ column, kind }) => [column.toLowerCase(), kind]),
  )
  const exclude = body.exclude as RuleGroup | undefined
  return (
    <div className={classes.editor}>
      <Stack gap="md">
        {'include' in body ? (
          <>
            <Title order={2}>Who is in it</Title>
            <RulesInWords of={body.include as RuleGroup} kinds={kinds} empty="Everybody in the attributes table." />
            <Title order={2}>Who is left out</Title>
            <RulesInWords of={exclude ?? { combinator: 'and', rules: [] }} kinds={kinds} empty="Nobody." />
          </>
        ) : (
          <SqlText sql={text(body.text)} label="SQL of the segment" />
        )}
        <Facts
          of={[
            ['Attributes table', text(body.attributes)],
            ['Delivers', Array.isArray(body.fields) ? body.fields.join(', ') : 'all columns'],
            ['Folder', text(body.folder) || '—'],
            ['Last edited', <Moment key="at" at={of.updated_at} />],
            ['Version', String(of.version)],
          ]}
        />
        <SentTo of={of} />
      </Stack>
      <div className={classes.side}>
        {'sql' in body ? <CountSaved segment={of.key} /> : <CountCard live={live} why={null} />}
      </div>
    </div>
  )
}

function CountSaved({ segment }: { segment: string }) {
  const { mutate, data, error, isPending } = useCall('POST /segments/count')
  const live = { answer: data ?? null, problem: error, isBusy: isPending }
  return (
    <Stack gap="xs">
      <CountCard live={live} why={null} />
      <Button variant="default" disabled={isPending} onClick={() => mutate({ body: { key: segment } })}>
        Count
      </Button>
    </Stack>
  )
}

function SentTo({ of }: { of: Definition }) {
  const mayRead = useMay('orchestration:read')
  const mayWrite = useMay('orchestration:write')
  const keys = of.used_by.flatMap((one) =>
    one.startsWith('orchestration/') ? [one.slice('orchestration/'.length)] : [],
  )
  return (
    <Stack gap={6} component="section" aria-label="Sent by">
      <Title order={2}>Sent by</Title>
      {keys.length === 0 && <Text size="sm">No orchestration sends it.</Text>}
      {keys.map((key) =>
        mayRead ? (
          <Link key={key} to="/orchestrations/$key" params={{ key }}>
            {key}
          </Link>
        ) : (
          <Text key={key} size="sm">
            {key}
          </Text>
        ),
      )}
      {mayWrite && (
        <Group>
          <Button variant="default" component={Link} to={`/activations?new=${of.key}&kind=segment`}>
            Send it
          </Button>
        </Group>
      )}
    </Stack>
  )
}
