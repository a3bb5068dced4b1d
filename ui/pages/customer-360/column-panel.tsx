import { Button, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import { Copy } from 'lucide-react'
import { useMay } from '../../api/me.ts'
import type { LookedColumn } from '../../api/operations.ts'
import { copyText } from '../../parts/copy.ts'
import { DetailsPanel } from '../../parts/details-panel.tsx'
import { Facts } from '../../parts/facts.tsx'
import { ColumnUses } from './column-uses.tsx'
import { ShareBar, ValueBars } from './share-bar.tsx'
import { useTagging } from './tagging.ts'
import { deciderText, distinctText, shareText, sqlName, uniquenessText } from './words.ts'

interface ColumnPanelProps {
  table: string
  column: LookedColumn
  onClose: () => void
}

export function ColumnPanel({ table, column, onClose }: ColumnPanelProps) {
  const { completeness, uniqueness } = column
  return (
    <DetailsPanel title={column.column} onClose={onClose}>
      <Stack gap="lg">
        <Group gap="xs">
          <Button
            variant="default"
            leftSection={<Copy size={14} aria-hidden />}
            onClick={() => void copyText(sqlName(column.column), 'Name')}
          >
            Copy the name
          </Button>
        </Group>
        <Facts
          of={[
            ['Type', column.type],
            ['Holds', column.semantic ?? 'not known'],
            [
              'Filled',
              <ShareBar
                key="filled"
                share={completeness}
                text={completeness === null ? '' : `${shareText(completeness)} of the rows`}
              />,
            ],
            ['Different', `${distinctText(column)} values`],
            ['Unique', <ShareBar key="unique" share={uniqueness} text={uniquenessText(column)} />],
          ]}
        />
        <Section title="Personal">
          <Tag table={table} column={column} />
        </Section>
        <Section title="Most usual values">
          <ValueBars of={column.examples} sampled={column.sample?.rows ?? null} />
        </Section>
        <Section title="If this column went">
          <ColumnUses table={table} column={column.column} />
        </Section>
      </Stack>
    </DetailsPanel>
  )
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={3} mb={6}>
        {title}
      </Title>
      {children}
    </section>
  )
}

function Tag({ table, column }: { table: string; column: LookedColumn }) {
  const mayTag = useMay('column:tag')
  const { tag, mayFree, isPending } = useTagging(table)
  const { pii, by, guess, declared, confirmed } = column
  const isOpen = mayTag && declared === null
  const said = confirmed === null ? 'guess' : String(confirmed)
  const change = (value: string) => void tag([column], value === 'guess' ? null : value === 'true')
  return (
    <Stack gap="xs">
      <Text size="sm">
        {pii ? 'Personal' : 'Free'}, by {deciderText(by)}.
        {by === 'declared' && ' Change it there, under pii of the table.'}
      </Text>
      {isOpen && (
        <SegmentedControl
          size="xs"
          aria-label={`Whether ${column.column} is personal`}
          value={said}
          onChange={change}
          disabled={isPending}
          data={[
            { value: 'true', label: 'Personal' },
            { value: 'false', label: 'Free', disabled: !mayFree },
            { value: 'guess', label: 'As guessed', disabled: !mayFree && confirmed !== null },
          ]}
        />
      )}
      {isOpen && !mayFree && (
        <Text size="xs" c="dimmed">
          Who may not see personal values may call a column personal, and no column free.
        </Text>
      )}
      <Text size="sm" c="dimmed">
        The guess: {guess.pii ? 'personal' : 'free'}, because {guess.why}.
      </Text>
    </Stack>
  )
}
