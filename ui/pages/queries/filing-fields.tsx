import { Autocomplete, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useGet } from '../../api/use.ts'
import { foldersOf, type QueryBody, rowsOf } from './model.ts'

interface FilingFieldsProps {
  of: QueryBody
  onChange: (changes: Partial<QueryBody>) => void
  /** Messages of the API, by the name of the field. */
  mistakes?: Record<string, string>
  isNameOnly?: boolean
}

/** Name, description, folder and labels of a query. */
export function FilingFields({ of, onChange, mistakes = {}, isNameOnly = false }: FilingFieldsProps) {
  const { data: queries } = useGet('GET /queries')
  const { data: drafts } = useGet('GET /query-drafts')
  const rows = rowsOf(queries?.items ?? [], drafts?.items ?? [])
  const text = (value: string): string | undefined => (value === '' ? undefined : value)
  const name = (
    <TextInput
      label="Name"
      data-autofocus
      value={of.name ?? ''}
      error={mistakes.name}
      onChange={(event) => onChange({ name: text(event.currentTarget.value) })}
    />
  )
  if (isNameOnly) return name
  return (
    <>
      {name}
      <Textarea
        label="Description"
        autosize
        minRows={2}
        value={of.description ?? ''}
        error={mistakes.description}
        onChange={(event) => onChange({ description: text(event.currentTarget.value) })}
      />
      <Autocomplete
        label="Folder"
        description="Up to three names with / between them, such as Shop/Loyalty."
        data={foldersOf(rows)}
        value={of.folder ?? ''}
        error={mistakes.folder}
        onChange={(value) => onChange({ folder: text(value) })}
      />
      <TagsInput
        label="Labels"
        description="Enter adds one."
        data={[...new Set(rows.flatMap(({ labels }) => labels))]}
        value={of.labels ?? []}
        error={mistakes.labels}
        maxTags={10}
        onChange={(labels) => onChange({ labels })}
      />
    </>
  )
}
