import { Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import type { ReactNode } from 'react'
import type { ApiProblem } from '../api/call.ts'
import { focusBack } from './focus-back.ts'
import { Marked } from './marked.tsx'

interface Question {
  title: string
  /** What will happen, in figures. */
  what: ReactNode
  /** The verb of the button: `Delete query`. */
  verb: string
  /** It deletes or sends: the button says so in red. */
  hurts?: boolean
}

/** The button that has the focus when the question comes. */
const first = { 'data-autofocus': true }

/** Asks before what hurts; true when it is to be done. Escape and a click beside it mean no. */
export function confirm({ title, what, verb, hurts = false }: Question): Promise<boolean> {
  const back = focusBack()
  return new Promise((resolve) => {
    modals.openConfirmModal({
      title,
      children: (
        <Text size="sm" component="div">
          {what}
        </Text>
      ),
      labels: { confirm: verb, cancel: 'Cancel' },
      // What hurts is not done by an Enter that was meant for something else.
      confirmProps: { color: hurts ? 'red' : undefined, size: 'sm', ...(!hurts && first) },
      cancelProps: { size: 'sm', ...(hurts && first) },
      returnFocus: false,
      onConfirm: () => resolve(true),
      onCancel: () => resolve(false),
      onClose: () => {
        back()
        resolve(false)
      },
    })
  })
}

const look = {
  withBorder: true,
  closeButtonProps: { 'aria-label': 'Close message' },
  styles: { description: { color: 'var(--mantine-color-text)' } },
}

/** Says shortly that something was done; also to those who listen. */
export function said(message: string): void {
  notifications.show({ ...look, message, autoClose: 4_000, role: 'status' })
}

/** Says what went wrong where no form is there to say it. */
export function saidProblem(error: ApiProblem): void {
  const { detail, fix } = error.problem
  notifications.show({
    ...look,
    title: <Marked text={detail} />,
    message: <Marked text={fix} />,
    color: 'red',
    autoClose: false,
    role: 'alert',
  })
}
