import { Kbd } from '@mantine/core'
import { Dialog } from '../../parts/dialog.tsx'
import { Facts } from '../../parts/facts.tsx'

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent)
const mod = isMac ? '⌘' : 'Ctrl'

const keys = [
  ['Run', `${mod} + Enter`],
  ['Run the selection, or up to the line of the cursor', `${mod} + Shift + Enter`],
  ['Comment or uncomment lines', `${mod} + /`],
  ['Format', 'Shift + Alt + F'],
  ['Search in the text', `${mod} + F`],
  ['Complete a name', 'Ctrl + Space'],
  ['Indent', `${mod} + ]`],
  ['Leave the editor', 'Tab'],
] as const

/** The keys of the editor. */
export function EditorKeys({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog opened={isOpen} onClose={onClose} title="Keys of the editor">
      <Facts of={keys.map(([what, key]) => [what, <Kbd key={what}>{key}</Kbd>] as const)} />
    </Dialog>
  )
}
