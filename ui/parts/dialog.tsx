import { Modal, type ModalProps } from '@mantine/core'
import { useFocusBack } from './focus-back.ts'

/** A dialog. Escape closes it, and the focus goes back to the button that opened it, also where that was an entry of a menu. */
export function Dialog(props: ModalProps) {
  useFocusBack(props.opened)
  return <Modal {...props} returnFocus={false} />
}
