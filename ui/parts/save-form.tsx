import { Button, Group, Stack } from '@mantine/core'
import { type FormEvent, type ReactNode, useEffect, useRef } from 'react'
import type { ApiProblem } from '../api/call.ts'
import { ChangedMeanwhile, type Meanwhile } from './changed-meanwhile.tsx'
import { ProblemCard } from './problem-card.tsx'

interface SaveFormProps {
  /** What the form is, for whoever hears it. */
  label: string
  verb: string
  isSaving: boolean
  error: ApiProblem | null
  meanwhile?: Meanwhile | null
  onSubmit: () => void
  onCancel?: (() => void) | undefined
  /** Further buttons, at the right end. */
  actions?: ReactNode
  children: ReactNode
}

/** A form that saves: Enter submits, the first mistake gets the focus, a refusal stands above the button, and what was entered stays. */
export function SaveForm({ label, verb, isSaving, error, meanwhile, onSubmit, onCancel, ...rest }: SaveFormProps) {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (error === null) return
    const marked = form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-error]')
    // What marks a field may be what stands around it.
    const mistake = marked?.matches('input, textarea') ? marked : marked?.querySelector<HTMLElement>('input, textarea')
    const target = mistake ?? form.current?.querySelector<HTMLElement>('[data-refusal]')
    target?.focus()
  }, [error])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    event.stopPropagation()
    if (!isSaving) onSubmit()
  }
  return (
    <form ref={form} onSubmit={submit} aria-label={label} noValidate>
      <Stack gap="md">
        {rest.children}
        {error !== null && !meanwhile && (
          <div tabIndex={-1} data-refusal>
            <ProblemCard problem={error.problem} />
          </div>
        )}
        {meanwhile && <ChangedMeanwhile {...meanwhile} />}
        <Group justify="space-between" gap="xs">
          <Group gap="xs">
            <Button type="submit" size="sm" loading={isSaving} disabled={Boolean(meanwhile)}>
              {verb}
            </Button>
            {onCancel !== undefined && (
              <Button variant="default" size="sm" onClick={onCancel}>
                Cancel
              </Button>
            )}
          </Group>
          {rest.actions}
        </Group>
      </Stack>
    </form>
  )
}
