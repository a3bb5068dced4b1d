import { Alert, Group, MultiSelect, Radio, Select, TagsInput, TextInput } from '@mantine/core'
import type { Ref } from 'react'
import { useMay } from '../../api/me.ts'
import { useGet } from '../../api/use.ts'
import { mistakesAt } from '../../parts/rules/model.ts'
import { RulesEditor } from '../../parts/rules/rules-editor.tsx'
import { Section } from '../../parts/section.tsx'
import type { Draft } from './draft.ts'
import classes from './segments.module.css'
import type { useGround } from './use-ground.ts'

export interface PartProps {
  draft: Draft
  change: (changes: Partial<Draft>) => void
}

interface HeadProps extends PartProps {
  nameError: string | null
  nameRef: Ref<HTMLInputElement>
}

export function Head({ draft, change, nameError, nameRef }: HeadProps) {
  const tables = useGet('GET /attributes-tables')
  const offered = (tables.data?.items ?? []).filter(
    ({ key, body }) => draft.sql !== null || body.segments === true || key === draft.attributes,
  )
  return (
    <div className={classes.two}>
      <TextInput
        ref={nameRef}
        label="Name"
        value={draft.name}
        error={nameError}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <Select
        label="Attributes table"
        data={offered.map(({ key, body }) => ({ value: key, label: typeof body.name === 'string' ? body.name : key }))}
        value={draft.attributes === '' ? null : draft.attributes}
        onChange={(attributes) => change({ attributes: attributes ?? '' })}
        placeholder="Choose one"
        nothingFoundMessage="No attributes table is offered to segments"
        error={tables.error?.problem.detail}
        allowDeselect={false}
      />
    </div>
  )
}

/** What a policy keeps from somebody is said before they wonder. */
export function Limits() {
  if (useMay('pii:read')) return null
  return (
    <Alert variant="light" color="gray">
      Personal values are hidden from you: type the values to compare with, and see how many people match. A segment
      with personal columns can only be sent where the destination allows it.
    </Alert>
  )
}

interface RulesProps extends PartProps {
  ground: ReturnType<typeof useGround>['ground']
  mistakes: { path: string; message: string }[]
}

export function Rules({ draft, change, ground, mistakes }: RulesProps) {
  return (
    <>
      <Section title="Who is in it">
        <RulesEditor
          label="Who is in it"
          of="People who meet"
          within="whoever meets"
          value={draft.include}
          onChange={(include) => change({ include })}
          ground={ground}
          mistakes={mistakesAt(mistakes, 'include').rules}
          empty="Everybody in the attributes table. Add a condition to narrow it down."
        />
      </Section>
      <Section title="Who is left out">
        <RulesEditor
          label="Who is left out"
          of="People who meet"
          within="whoever meets"
          value={draft.exclude}
          onChange={(exclude) => change({ exclude })}
          ground={ground}
          mistakes={mistakesAt(mistakes, 'exclude').rules}
          empty="Nobody."
        />
      </Section>
    </>
  )
}

/** Which columns go, each with the attribute that it becomes where that has another name. */
export function Delivered({ draft, change, names }: PartProps & { names: string[] }) {
  const tables = useGet('GET /attributes-tables')
  const mapping = (tables.data?.items.find(({ key }) => key === draft.attributes)?.body.mapping ?? {}) as {
    [column: string]: string
  }
  const label = (column: string) => (mapping[column] === undefined ? column : `${column} → ${mapping[column]}`)
  return (
    <Section title="What is delivered">
      <Radio.Group
        aria-label="What is delivered"
        value={draft.fields === null ? 'all' : 'some'}
        onChange={(value) => change({ fields: value === 'all' ? null : names })}
      >
        <Group gap="lg">
          <Radio value="all" label="All columns" />
          <Radio value="some" label="Only these" />
        </Group>
      </Radio.Group>
      {draft.fields !== null && (
        <MultiSelect
          aria-label="Columns that are delivered"
          data={[...new Set([...names, ...draft.fields])].map((value) => ({ value, label: label(value) }))}
          value={[...draft.fields]}
          onChange={(fields) => change({ fields })}
          searchable
        />
      )}
    </Section>
  )
}

export function Filing({ draft, change }: PartProps) {
  return (
    <Section title="How it is found">
      <TextInput
        label="Description"
        value={draft.description}
        onChange={(event) => change({ description: event.currentTarget.value })}
      />
      <div className={classes.two}>
        <TextInput
          label="Folder"
          description="Up to three names, with / between them"
          value={draft.folder}
          onChange={(event) => change({ folder: event.currentTarget.value })}
        />
        <TagsInput
          label="Labels"
          description="Letters, digits, _ and -"
          value={[...draft.labels]}
          onChange={(labels) => change({ labels })}
        />
      </div>
    </Section>
  )
}
