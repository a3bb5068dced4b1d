import { Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { RelativeDay, Scalar } from './model.ts'
import classes from './rules.module.css'

interface DayEditorProps {
  label: string
  isWrong: boolean
  value: Scalar | null
  onChange: (value: Scalar | null) => void
}

const units = ['days', 'months', 'years'] as const
const modes = [
  { value: 'day', label: 'exact day' },
  { value: 'today', label: 'today' },
  ...units.map((unit) => ({ value: `${unit} ago`, label: `${unit} ago` })),
  ...units.map((unit) => ({ value: `${unit} ahead`, label: `${unit} from now` })),
]

const isRelative = (value: Scalar | null): value is RelativeDay => typeof value === 'object' && value !== null

function modeOf(value: Scalar | null): string {
  if (!isRelative(value)) return 'day'
  const { today, unit = 'days' } = value
  if (today === 0) return 'today'
  return `${unit} ${today < 0 ? 'ago' : 'ahead'}`
}

function relative(mode: string, amount: number): RelativeDay {
  const [unit, direction] = mode.split(' ') as [RelativeDay['unit'], string]
  return { today: direction === 'ago' ? -amount : amount, ...(unit !== 'days' && { unit }) }
}

/** A day of the calendar, or one that moves with it. Days are those of UTC, as everywhere in rules. */
export function DayEditor({ label, isWrong, value, onChange }: DayEditorProps) {
  // Between the choice of `days ago` and the first digit there is no number yet.
  const [pending, setPending] = useState<string | null>(null)
  const mode = value === null && pending !== null ? pending : modeOf(value)
  const amount = isRelative(value) ? Math.abs(value.today) : null
  const choose = (next: string | null) => {
    if (next === null || next === mode) return
    setPending(next)
    if (next === 'day') onChange(null)
    else if (next === 'today') onChange({ today: 0 })
    else onChange(relative(next, amount === null || amount === 0 ? 30 : amount))
  }
  const enter = (text: string) => {
    const digits = text.replaceAll(/\D/g, '').slice(0, 5)
    setPending(mode)
    onChange(digits === '' || Number(digits) === 0 ? null : relative(mode, Number(digits)))
  }
  return (
    <span className={classes.pair}>
      {mode === 'day' && (
        <TextInput
          aria-label={label}
          type="date"
          size="xs"
          className={classes.day}
          error={isWrong}
          value={value === null ? '' : String(value)}
          onChange={(event) => onChange(event.currentTarget.value === '' ? null : event.currentTarget.value)}
        />
      )}
      {mode !== 'day' && mode !== 'today' && (
        <TextInput
          aria-label={`${label}: how many ${mode.split(' ')[0]}`}
          size="xs"
          className={classes.amount}
          error={isWrong}
          inputMode="numeric"
          value={amount === null ? '' : String(amount)}
          onChange={(event) => enter(event.currentTarget.value)}
        />
      )}
      <Select
        aria-label={`${label}: which kind of day`}
        size="xs"
        className={classes.mode}
        data={modes}
        value={mode}
        onChange={choose}
        allowDeselect={false}
        comboboxProps={{ width: 180, position: 'bottom-start' }}
        maxDropdownHeight={320}
      />
    </span>
  )
}
