import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach } from 'vitest'
import { Problem } from '../problem.ts'
import { loadProject } from './load.ts'
import type { SourceProblem } from './source-tree.ts'

/** A folder for each test of the file that calls {@link useTestProject}, with two SQL files that a deskside.yml may name. */
export interface TestProject {
  /** Absolute folder. */
  dir: () => string
  write(file: string, text: string | Uint8Array): Promise<void>
  /** Why this deskside.yml is not loaded. */
  refusal(yaml: string, env?: NodeJS.ProcessEnv): Promise<Problem>
}

export function useTestProject(): TestProject {
  let dir = ''
  const write = async (file: string, text: string | Uint8Array) => {
    await mkdir(dirname(join(dir, file)), { recursive: true })
    await writeFile(join(dir, file), text)
  }
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'deskside-load-'))
    await write('queries/people.sql', 'SELECT 1 AS name')
    await write('tables/loyal.sql', 'SELECT * FROM people')
  })
  afterEach(async () => {
    await rm(dir, { recursive: true })
  })
  return {
    dir: () => dir,
    write,
    refusal: async (yaml, env = {}) => {
      await write('deskside.yml', yaml)
      const error = await loadProject(dir, env).then(
        () => null,
        (thrown: unknown) => thrown,
      )
      if (!(error instanceof Problem)) throw new Error(`expected a Problem, got ${inspect(error)}`)
      return error
    },
  }
}

/** The problems of a refusal, one line each. */
export function listed(problem: Problem): string[] {
  return (problem.data.problems as unknown as SourceProblem[]).map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  )
}
