import { type AnyInput, ApiProblem, answered, headersOf, methodOf, pathOf, unreachable } from './call.ts'
import type { Definition } from './operations.ts'

type UploadName = 'POST /tables' | 'PUT /tables/{key}/content'

export interface UploadInput extends Pick<AnyInput, 'params' | 'query' | 'ifVersion'> {
  file: Blob
  /** Called as the file goes out. */
  onSent: (bytes: number) => void
  signal: AbortSignal
}

/** Sends a file, and tells how far it is: `fetch` cannot. Rejects as `call` does. */
export function upload(operation: UploadName, input: UploadInput): Promise<Definition> {
  const { file, onSent, signal, ...given } = input
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(methodOf(operation), pathOf(operation, given))
    for (const [name, value] of Object.entries(headersOf(operation, { ...given, body: file })))
      request.setRequestHeader(name, value)
    request.upload.addEventListener('progress', ({ loaded }) => onSent(loaded))
    request.addEventListener('error', () => reject(unreachable(null)))
    request.addEventListener('abort', () => reject(signal.reason))
    request.addEventListener('load', () => {
      try {
        resolve(answered<UploadName>(request.status, request.responseText))
      } catch (error) {
        reject(error instanceof ApiProblem ? error : unreachable(error))
      }
    })
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
}
