import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv, promisify } from 'node:util'

const run = promisify(execFile)

/** Variables of the `.env` beside deskside.yml; empty when there is none. An unreadable one throws the system's error. */
export async function readEnvFile(dir: string): Promise<Record<string, string>> {
  let text: string
  try {
    text = await readFile(join(dir, '.env'), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
  return parseEnv(text.replace(/^\uFEFF/, '')) as Record<string, string>
}

/** What is dangerous about the `.env` beside deskside.yml, as sentences: who else may read it, and whether git carries it. */
export async function envFileRisks(dir: string): Promise<string[]> {
  const path = join(dir, '.env')
  const found = await stat(path).catch(() => null)
  if (found === null) return []
  const risks: string[] = []
  // Windows has no such bits: Node reports 0o666 there for every file.
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    risks.push('.env can be read by other users of this machine: run `chmod 600 .env`.')
  }
  if (await isTrackedByGit(dir)) {
    risks.push(
      '.env is tracked by git, so its secrets travel with every clone: run `git rm --cached .env`, add it to .gitignore, and renew the secrets.',
    )
  }
  return risks
}

/** False also where there is no git or no repository: then nothing tracks the file. */
async function isTrackedByGit(dir: string): Promise<boolean> {
  try {
    // The child gets no environment of ours but what it needs to start: secrets live in the rest.
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
    const { stdout } = await run('git', ['ls-files', '--', '.env'], { cwd: dir, env })
    return stdout.trim() !== ''
  } catch {
    return false
  }
}
