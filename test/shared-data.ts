import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface SharedData {
  /** Folder of the data set; read only when `skip` is false. */
  dir: string
  /** The data set is not on this machine: tests that need it are skipped. */
  skip: boolean
  /** Part of the skipped tests' name, '' when nothing is skipped. */
  reason: string
}

/**
 * Finds a public data set that lies beside the checkout, in `../shared/data/<name>`. Without it tests skip by name; in continuous
 * integration its absence is an error, so that a promise never goes untested there in silence.
 */
export function sharedData(name: string): SharedData {
  const dir = fileURLToPath(new URL(`../../shared/data/${name}`, import.meta.url))
  const skip = !existsSync(dir)
  if (skip && process.env.CI === 'true') throw new Error(`The data set ${name} is missing: expected in ${dir}.`)
  return { dir, skip, reason: skip ? ` [skipped: ${dir} is not there]` : '' }
}
