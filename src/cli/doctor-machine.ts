import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { OriginEnvironment } from '../destination/zendesk/origin.ts'
import { envFileRisks } from '../project/env-file.ts'
import type { Project } from '../project/project.ts'

/** One line of the doctor. `fix` says what to do where something is to be done. */
export interface Finding {
  check: string
  outcome: 'ok' | 'note' | 'failed'
  /** A sentence or a few words; never a secret. */
  detail: string
  fix: string | null
}

export function ok(check: string, detail: string): Finding {
  return { check, outcome: 'ok', detail, fix: null }
}

export function note(check: string, detail: string, fix: string | null): Finding {
  return { check, outcome: 'note', detail, fix }
}

export function failed(check: string, detail: string, fix: string): Finding {
  return { check, outcome: 'failed', detail, fix }
}

const leastNode = 24

/** `version` without its `v`. */
export function checkNode(version: string): Finding {
  const major = Number(version.split('.')[0])
  if (major >= leastNode) return ok('Node', version)
  return failed('Node', `${version} is too old.`, `Install Node ${leastNode} or newer.`)
}

/** Magic numbers of Linux's statfs(2). Locks there are promises of another machine, and DuckDB's and SQLite's files break without them. */
const networkFileSystems = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x65735546, 'FUSE'],
])

/** A FUSE may be a local disk as well as sshfs; nobody can tell from outside. */
const unsure = new Set(['FUSE'])

/** What kind of network file system a type of statfs(2) is; null: none that is known. */
export function networkFileSystem(type: number): { name: string; isSure: boolean } | null {
  const name = networkFileSystems.get(type)
  return name === undefined ? null : { name, isSure: !unsure.has(name) }
}

/** The file system that holds the state, or will: of the nearest folder that is there. */
export async function checkFileSystem(projectDir: string): Promise<Finding> {
  const { type } = await statfs(await nearest(projectDir))
  const found = networkFileSystem(type)
  const move =
    'Move the project to a local disk: locks are not safe on network file systems, and the ledger could break.'
  if (found === null) return ok('File system', 'a local one')
  return found.isSure
    ? failed('File system', `.deskside is on ${found.name}, a network file system.`, move)
    : note('File system', `.deskside is on ${found.name}, which may be a network file system.`, move)
}

const leastFreeBytes = 200e6
const enoughFreeBytes = 2e9

/** Room on the disk of the state. */
export function checkSpace(freeBytes: number): Finding {
  const free = `${bytes(freeBytes)} free`
  const fix = 'Make room on the disk of .deskside: a plan of a million people takes about a gigabyte while it is made.'
  if (freeBytes < leastFreeBytes) return failed('Disk space', `Only ${free}.`, fix)
  return freeBytes < enoughFreeBytes ? note('Disk space', `${free}.`, fix) : ok('Disk space', free)
}

/** Bytes that this user may still write beside the project. */
export async function freeBytesOf(projectDir: string): Promise<number> {
  const { bavail, bsize } = await statfs(await nearest(projectDir))
  return bavail * bsize
}

async function nearest(projectDir: string): Promise<string> {
  const state = join(projectDir, '.deskside')
  const found = await stat(state).catch(() => null)
  return found === null ? projectDir : state
}

/** `1.2 GB`; decimal, as disks are sold. */
export function bytes(count: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3))
  const value = count / 1000 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${units[power]}`
}

/** Who else may read what only the owner should: the state, and the `.env` beside deskside.yml. */
export async function checkPermissions(projectDir: string): Promise<Finding[]> {
  const risks = (await envFileRisks(projectDir)).map((risk) => note('Permissions', risk, null))
  // Windows has no such bits.
  if (process.platform === 'win32') return risks
  const state = join(projectDir, '.deskside')
  const found = await stat(state).catch(() => null)
  if (found === null) return risks
  const open: string[] = (found.mode & 0o077) === 0 ? [] : ['.deskside']
  for (const name of ['secret.key', 'server.json']) {
    const file = await stat(join(state, name)).catch(() => null)
    if (file !== null && (file.mode & 0o077) !== 0) open.push(`.deskside/${name}`)
  }
  if (open.length > 0) {
    const fix = `Run \`chmod -R go= ${state}\`; make secrets anew that others may have read.`
    return [failed('Permissions', `Other users of this machine may read ${open.join(', ')}.`, fix), ...risks]
  }
  const foreign = found.uid !== process.getuid?.() && process.getuid?.() !== 0
  if (foreign) {
    const fix = 'Run Deskside as the user that the project belongs to.'
    return [failed('Permissions', '.deskside belongs to another user.', fix), ...risks]
  }
  return [ok('Permissions', `.deskside is its owner's alone (${(await readdir(state)).length} entries)`), ...risks]
}

const apiTokensEndAt = new Date('2027-04-30T00:00:00Z')

/** When credentials of a type end, whatever is done with them. */
export function checkRetirement(credentials: Project['credentials'], now: Date): Finding[] {
  return [...credentials].flatMap(([key, credential]) => {
    if (credential.type !== 'zendesk') return []
    const fix = 'Make an OAuth client in Zendesk and use `type: zendesk_oauth`.'
    const days = Math.ceil((apiTokensEndAt.getTime() - now.getTime()) / (24 * 60 * 60 * 1000))
    const check = `Credential ${key}`
    return days > 0
      ? [
          note(
            check,
            `Zendesk switches API tokens off on 2027-04-30, in ${days === 1 ? 'a day' : `${days} days`}.`,
            fix,
          ),
        ]
      : [failed(check, 'Zendesk has switched API tokens off on 2027-04-30.', fix)]
  })
}

const clockNoteMs = 30_000
const clockFailedMs = 5 * 60_000

/** How far this machine's clock is from the account's; `aheadMs` is positive when ours is ahead. */
export function clockFinding(origin: string, aheadMs: number): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1000)
  const detail = `${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ${origin}`
  const fix = 'Set the clock of this machine by NTP: schedules and sessions go by it.'
  // The header is in whole seconds.
  if (seconds <= 1) return ok('Clock', `as that of ${origin}`)
  if (Math.abs(aheadMs) < clockNoteMs) return ok('Clock', detail)
  return Math.abs(aheadMs) < clockFailedMs ? note('Clock', `${detail}.`, fix) : failed('Clock', `${detail}.`, fix)
}

const clockTimeoutMs = 5_000

/** Compares the clock with the `Date` of an answer of each account; asks without credentials, so any answer will do. */
export async function checkClock(project: Project, env: OriginEnvironment, nowMs: () => number): Promise<Finding[]> {
  const [{ accountOrigin }, { request }] = await Promise.all([
    import('../destination/zendesk/origin.ts'),
    import('undici'),
  ])
  const origins = new Set(
    [...project.destinations.values()].map((destination) => accountOrigin(destination, env, 'free')),
  )
  const findings: Finding[] = []
  for (const origin of origins) {
    try {
      const askedAtMs = nowMs()
      const { headers, body } = await request(origin, { method: 'HEAD', signal: AbortSignal.timeout(clockTimeoutMs) })
      await body.dump()
      const dateMs = Date.parse(String(headers.date))
      // Halfway between question and answer, and half a second because the header is cut to whole ones.
      const localMs = (askedAtMs + nowMs()) / 2
      if (Number.isNaN(dateMs)) findings.push(note('Clock', `${origin} gives no date to compare with.`, null))
      else findings.push(clockFinding(origin, localMs - (dateMs + 500)))
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? (error as Error).name
      const fix = 'Check the network, the proxy and the address of the destination.'
      findings.push(note('Clock', `${origin} cannot be reached (${why}), so the clock was not compared.`, fix))
    }
  }
  return findings
}
