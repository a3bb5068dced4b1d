import { MultiSelect, Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import { nameOf } from '../../api/definition.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { meanwhileOf } from '../../parts/changed-meanwhile.tsx'
import { useSaving } from '../../parts/definition-saving.ts'
import { SaveForm } from '../../parts/save-form.tsx'
import { GroupBegins } from './group-begins.tsx'
import { membersOf, mistakesOf, pruned, runOf } from './objects.ts'

interface GroupFormProps {
  /** Null: a new one. */
  of: Definition | null
  onSaved: (saved: Definition) => void
  onCancel: () => void
}

/** What a group runs, and what begins it. */
export function GroupForm({ of, onSaved, onCancel }: GroupFormProps) {
  const [from, setFrom] = useState(of)
  const [body, setBody] = useState<Definition['body']>(of?.body ?? { run: { on: 'manual' }, orchestrations: [] })
  const all = useGet('GET /orchestrations')
  const onTake = (theirs: Definition) => {
    setFrom(theirs)
    setBody(theirs.body)
  }
  const saving = useSaving({ path: '/groups', of, onSaved, onTake, stale: ['/orchestrations'] })
  const mistakes = mistakesOf(saving.error?.problem ?? null)
  return (
    <SaveForm
      label="Group"
      verb={of === null ? 'Create group' : 'Save group'}
      isSaving={saving.isSaving}
      error={saving.error}
      meanwhile={meanwhileOf(saving, from)}
      onSubmit={() => saving.save({ ...pruned(body), orchestrations: membersOf({ body }) })}
      onCancel={onCancel}
    >
      <TextInput
        label="Name"
        value={String(body.name ?? '')}
        onChange={(event) => setBody({ ...body, name: event.currentTarget.value })}
        error={mistakes.name}
      />
      <MultiSelect
        label="Orchestrations"
        description="They go into the queue in this order."
        data={(all.data?.items ?? []).map((one) => ({ value: one.key, label: nameOf(one) }))}
        value={membersOf({ body })}
        onChange={(keys) => setBody({ ...body, orchestrations: keys })}
        error={mistakes.orchestrations}
      />
      <GroupBegins
        of={of?.key ?? null}
        run={runOf({ body })}
        onChange={(run) => setBody({ ...body, run })}
        mistakes={mistakes}
      />
      <Switch
        label="Enabled"
        description="A group that is not enabled runs by hand only."
        checked={body.enabled !== false}
        onChange={(event) => setBody({ ...body, enabled: event.currentTarget.checked })}
      />
    </SaveForm>
  )
}
