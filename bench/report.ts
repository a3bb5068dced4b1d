import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { cpus, totalmem } from 'node:os'
import type { Case, Figure, Settings } from './case.ts'

/** What was measured of one case; `problem`: why it could not be. */
export interface Measured {
  case: Pick<Case, 'key' | 'title' | 'method'>
  figures: Figure[]
  problem: string | null
  tookMs: number
}

export interface Report {
  measuredAt: string
  commit: string
  machine: string
  versions: Record<string, string>
  scale: string
  runs: number
  cases: Measured[]
}

export function reportOf(cases: Measured[], { scale, runs }: Pick<Settings, 'scale' | 'runs'>): Report {
  const gib = Math.round(totalmem() / 2 ** 30)
  return {
    measuredAt: new Date().toISOString(),
    commit: currentCommit(),
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, ${gib} GiB, ${process.platform}`,
    versions: { node: process.version, ...packageVersions() },
    scale,
    runs,
    cases,
  }
}

function packageVersions(): Record<string, string> {
  const require = createRequire(import.meta.url)
  const manifest = require('../package.json') as {
    version: string
    dependencies: Record<string, string>
    devDependencies: Record<string, string>
  }
  const { dependencies, devDependencies } = manifest
  const named = { ...dependencies, ...devDependencies }
  const shown = ['@duckdb/node-api', 'undici', 'node-zendesk'].map((name) => [name, named[name] ?? '?'])
  return { deskside: manifest.version, ...Object.fromEntries(shown) }
}

/** What was measured; `+` when files differ from the commit. */
function currentCommit(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
    const changed = git(
      'status',
      '--porcelain',
      '--untracked-files=no',
      '--',
      '../src',
      '../bin',
      '../package-lock.json',
    )
    return git('rev-parse', '--short', 'HEAD') + (changed === '' ? '' : '+')
  } catch {
    // A copy of the source that is no clone.
    return 'unknown'
  }
}
