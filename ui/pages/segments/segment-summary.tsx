import { Button, Group, Stack, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { Facts } from '../../parts/facts.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import type { Kind, RuleGroup } from '../../parts/rules/model.ts'
import { RulesInWords } from '../../parts/rules/rules-in-words.tsx'
import { SqlText } from '../../parts/sql/sql.tsx'
import { useLive } from '../../parts/use-live.ts'
import { UsedBy } from '../../parts/used-by.tsx'
import { Moment } from '../../parts/values.tsx'
import { CountCard } from './count-card.tsx'
import classes from './segments.module.css'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Who is in a segment, in words, how many they are, and what sends it. */
export function Summary({ of }: { of: Definition }) {
  const { body } = of
  const live = useLive('POST /segments/count', 'sql' in body ? null : body)
  const columns = useGet('GET /attributes-tables/{key}/columns', { params: { key: text(body.attributes) } })
  const kinds = new Map<string, Kind>(
    (columns.data?.items ?? []).map(({ column, kind }) => [column.toLowerCase(), kind]),
  )
  const delivered = useDelivered(of)
  const exclude = body.exclude as RuleGroup | undefined
  return (
    <div className={classes.editor}>
      <Stack gap="md">
        {'include' in body ? (
          <>
            <Stack gap={4}>
              <Title order={2}>Who is in it</Title>
              <RulesInWords of={body.include as RuleGroup} kinds={kinds} empty="Everybody in the attributes table." />
            </Stack>
            <Stack gap={4}>
              <Title order={2}>Who is left out</Title>
              <RulesInWords of={exclude ?? { combinator: 'and', rules: [] }} kinds={kinds} empty="Nobody." />
            </Stack>
          </>
        ) : (
          <SqlText sql={text(body.text)} label="SQL of the segment" />
        )}
        <Facts
          of={[
            ['Attributes table', <ObjectLink key="of" name={`attributes_table/${text(body.attributes)}`} />],
            ['Delivers', delivered],
            ['Folder', text(body.folder) || '—'],
            ['Last edited', <Moment key="at" at={of.updated_at} />],
            ['Version', String(of.version)],
          ]}
        />
        <UsedBySection of={of} />
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

function UsedBySection({ of }: { of: Definition }) {
  const mayWrite = useMay('orchestration:write')
  return (
    <Stack gap={6} component="section" aria-label="Used by">
      <Title order={2}>Used by</Title>
      <UsedBy of={of.used_by} none="Nothing sends it or uses it." />
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

/** The columns that go, each with the attribute that it becomes where that has another name. */
function useDelivered({ body }: Definition): string {
  const tables = useGet('GET /attributes-tables')
  const table = tables.data?.items.find(({ key }) => key === text(body.attributes))
  const mapping = (table?.body.mapping ?? {}) as { [column: string]: string }
  if (!Array.isArray(body.fields)) return 'all columns'
  return body.fields
    .map(String)
    .map((field) => (mapping[field] === undefined ? field : `${field} → ${mapping[field]}`))
    .join(', ')
}
