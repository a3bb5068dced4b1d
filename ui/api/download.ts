import { type AnyInput, answered, type OperationName, pathOf, unreachable } from './call.ts'

/** Fetches a file and saves it; rejects as `call` does, where a plain link would show the problem as text. */
export async function download(operation: OperationName, input: AnyInput, name: string): Promise<void> {
  const answer = await fetch(pathOf(operation, input), { headers: { accept: 'text/csv' } }).catch((error: unknown) => {
    throw unreachable(error)
  })
  if (!answer.ok) {
    answered(answer.status, await answer.text())
    throw unreachable(null, answer.status)
  }
  const address = URL.createObjectURL(await answer.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
