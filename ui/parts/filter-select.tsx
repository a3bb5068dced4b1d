import { Select, type SelectProps } from '@mantine/core'
import { useSearchState } from './search-state.ts'

interface FilterSelectProps extends Pick<SelectProps, 'data' | 'w' | 'mb' | 'searchable'> {
  /** Where it stands in the address. */
  name: string
  label: string
  /** Said while nothing is chosen: `Any label`. */
  any: string
}

/** Narrows a list by one value, which stands in the address. */
export function FilterSelect({ name, label, any, w = 170, ...others }: FilterSelectProps) {
  const [search, setSearch] = useSearchState()
  return (
    <Select
      {...others}
      w={w}
      aria-label={label}
      placeholder={any}
      clearable
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
      value={search[name] ?? null}
      onChange={(value) => setSearch({ [name]: value ?? undefined })}
    />
  )
}
