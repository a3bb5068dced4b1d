import { notifications } from '@mantine/notifications'
import { said } from './dialogs.tsx'

/** Puts a text where it can be pasted from, and says `what` was copied. Without https browsers only know the old way. */
export async function copyText(text: string, what: string): Promise<void> {
  if (await isCopied(text)) said(`${what} copied.`)
  else
    notifications.show({
      title: 'The browser did not allow copying.',
      message: 'Choose the text and copy it with the keyboard.',
      color: 'red',
      role: 'alert',
    })
}

async function isCopied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return isCopiedByCommand(text)
  }
}

function isCopiedByCommand(text: string): boolean {
  const before = document.activeElement
  const place = document.createElement('textarea')
  place.value = text
  place.style.position = 'fixed'
  place.style.opacity = '0'
  document.body.append(place)
  place.select()
  const isDone = document.execCommand('copy')
  place.remove()
  if (before instanceof HTMLElement) before.focus({ preventScroll: true })
  return isDone
}
