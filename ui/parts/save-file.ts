import { useState } from 'react'
import { ApiProblem, type Input } from '../api/call.ts'
import { download } from '../api/download.ts'
import type { Operations } from '../api/operations.ts'
import { said, saidProblem } from './dialogs.tsx'

/** Saves a list as a CSV file, and tells why where it cannot be had. */
export function useSaveFile(): {
  isBusy: boolean
  save: <K extends keyof Operations & `GET ${string}`>(operation: K, input: Input<K>, name: string) => Promise<void>
} {
  const [isBusy, setBusy] = useState(false)
  return {
    isBusy,
    async save(operation, input, name) {
      setBusy(true)
      said('The file is being made.')
      try {
        await download(operation, input, name)
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error
        saidProblem(error)
      } finally {
        setBusy(false)
      }
    },
  }
}
