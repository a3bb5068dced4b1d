import { Select } from '@mantine/core'
import type { QueryBody } from './model.ts'
import { useSources } from './use-sources.ts'
import { type Source, sourceOf } from './visual.ts'

interface TableSelectProps {
  of: QueryBody
  onChange: (changes: Pick<QueryBody, 'from' | 'database'>) => void
  error?: string | undefined
}

const idOf = ({ kind, key }: Source) => `${kind}/${key}`

/** Which table a visual query shows records of; where there are several databases, each table tells its own. */
export function TableSelect({ of, onChange, error }: TableSelectProps) {
  const { sources, problem } = useSources()
  const chosen = sourceOf(sources, of)
  const group = (kind: Source['kind'], name: string) => {
    const items = sources.filter((one) => one.kind === kind).map((one) => ({ value: idOf(one), label: one.label }))
    return items.length === 0 ? [] : [{ group: name, items }]
  }
  // One that is not there any more stands there until another one is chosen.
  const unknown = chosen === undefined && of.from !== undefined ? [{ value: of.from, label: of.from }] : []
  return (
    <Select
      label="Records of the table"
      placeholder="Choose a table"
      data={[...group('table', 'Tables'), ...group('attributes_table', 'Attributes tables'), ...unknown]}
      value={chosen === undefined ? (of.from ?? null) : idOf(chosen)}
      onChange={(id) => {
        const next = sources.find((one) => idOf(one) === id)
        if (next !== undefined) onChange({ from: next.from, database: next.database ?? undefined })
      }}
      error={error ?? problem?.detail}
      searchable
      allowDeselect={false}
      nothingFoundMessage="No such table"
    />
  )
}
