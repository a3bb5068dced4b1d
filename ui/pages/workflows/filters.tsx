import { Button, Checkbox, MultiSelect, Text, TextInput } from '@mantine/core'
import { useMay, useMe } from '../../api/me.ts'
import type { WorkflowHeader } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { FilterSelect } from '../../parts/filter-select.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { states } from '../../parts/state-badge.tsx'
import { triggerWords } from './words.ts'

const workflowStates: readonly WorkflowHeader['state'][] = [
  ...(['waiting', 'running', 'stopping', 'stopped', 'completed', 'completed_with_alerts', 'error'] as const),
]

/** What narrows the list of workflows. */
export function WorkflowFilters() {
  const [search, setSearch] = useSearchState()
  const mayRead = useMay('orchestration:read')
  const me = useMe()
  const orchestrations = useGet('GET /orchestrations', {}, { enabled: mayRead })
  const isSet = ['q', 'state', 'orchestration', 'trigger', 'by', 'from', 'to'].some(
    (name) => search[name] !== undefined,
  )
  return (
    <>
      <SearchInput label="Search workflows" />
      <MultiSelect
        aria-label="State"
        placeholder={search.state ? undefined : 'Any state'}
        data={workflowStates.map((value) => ({ value, label: states[value].word }))}
        value={search.state?.split(',') ?? []}
        onChange={(values) => setSearch({ state: values.join(',') || undefined })}
        clearable
        w={170}
      />
      <FilterSelect
        name="orchestration"
        label="Orchestration"
        any="Any orchestration"
        data={(orchestrations.data?.items ?? []).map(({ key }) => key)}
        searchable
        w={160}
      />
      <FilterSelect
        name="trigger"
        label="How it began"
        any="However it began"
        data={Object.entries(triggerWords).map(([value, label]) => ({ value, label }))}
        w={190}
      />
      <TextInput
        type="date"
        aria-label="From"
        leftSection={<Text size="xs">From</Text>}
        leftSectionWidth={44}
        w={172}
        value={search.from ?? ''}
        onChange={(event) => setSearch({ from: event.currentTarget.value || undefined })}
      />
      <TextInput
        type="date"
        aria-label="To"
        leftSection={<Text size="xs">To</Text>}
        leftSectionWidth={44}
        w={172}
        value={search.to ?? ''}
        onChange={(event) => setSearch({ to: event.currentTarget.value || undefined })}
      />
      <Checkbox
        label="Begun by me"
        checked={search.by !== undefined}
        onChange={(event) => setSearch({ by: event.currentTarget.checked ? `${me.kind}/${me.id}` : undefined })}
        mb={8}
      />
      {isSet && (
        <Button
          variant="subtle"
          size="sm"
          onClick={() =>
            setSearch({
              q: undefined,
              state: undefined,
              orchestration: undefined,
              trigger: undefined,
              by: undefined,
              from: undefined,
              to: undefined,
            })
          }
        >
          Clear
        </Button>
      )}
    </>
  )
}
