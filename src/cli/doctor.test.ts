import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openProjectSecrets, openProjectStore } from '../control/project-store.ts'
import { startEmulator } from '../emulator/index.ts'
import { initProject } from '../project/init.ts'
import { writeServerFile } from '../server-file.ts'
import { findingLines } from './doctor.ts'
import {
  bytes,
  checkNode,
  checkRetirement,
  checkSpace,
  clockFinding,
  type Finding,
  networkFileSystem,
} from './doctor-machine.ts'
import { runCli } from './test-run.ts'

describe('each check alone', () => {
  test.each([
    ['24.0.0', 'ok'],
    ['25.1.0', 'ok'],
    ['22.9.0', 'failed'],
  ])('Node %s is %s', (version, outcome) => {
    expect(checkNode(version).outcome).toBe(outcome)
  })

  test.each([
    [0x6969, { name: 'NFS', isSure: true }],
    [0xff534d42, { name: 'CIFS', isSure: true }],
    [0x65735546, { name: 'FUSE', isSure: false }],
    [0xef53, null],
    [0x794c7630, null],
  ])('a file system of type %i is %o', (type, found) => {
    expect(networkFileSystem(type)).toEqual(found)
  })

  test.each([
    [199e6, 'failed'],
    [200e6, 'note'],
    [1999e6, 'note'],
    [2e9, 'ok'],
  ])('%d bytes of room are %s', (free, outcome) => {
    expect(checkSpace(free).outcome).toBe(outcome)
  })

  test.each([
    [400, 'ok'],
    [-29_000, 'ok'],
    [30_000, 'note'],
    [-299_000, 'note'],
    [300_000, 'failed'],
    [-3_600_000, 'failed'],
  ])('a clock that is %d ms ahead is %s', (aheadMs, outcome) => {
    expect(clockFinding('https://example.zendesk.com', aheadMs).outcome).toBe(outcome)
  })

  test.each([
    ['2026-11-27T08:00:00Z', 'note', 'in 154 days'],
    ['2027-04-29T12:00:00Z', 'note', 'in a day'],
    ['2027-04-30T00:00:00Z', 'failed', 'has switched'],
  ])('an API token at %s is a %s', (now, outcome, says) => {
    const token = { type: 'zendesk', email: 'a@example.com', api_token: null as never } as const
    const oauth = { type: 'zendesk_oauth', client_id: 'x', client_secret: null as never } as const
    const findings = checkRetirement(
      new Map<string, typeof token | typeof oauth>([
        ['old', token],
        ['new', oauth],
      ]),
      new Date(now),
    )
    expect(findings).toMatchObject([{ check: 'Credential old', outcome, detail: expect.stringContaining(says) }])
  })

  test.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [4_500_000, '4.5 MB'],
    [75_300_000_000, '75.3 GB'],
    [123_456_789_000_000_000, '123457 TB'],
  ])('%d is written %s', (count, text) => {
    expect(bytes(count)).toBe(text)
  })

  test('a failure says what to do below, within the width of the terminal', () => {
    const finding: Finding = {
      check: 'Ledger',
      outcome: 'failed',
      detail: 'word '.repeat(30).trim(),
      fix: 'Do. '.repeat(20).trim(),
    }
    const lines = findingLines(finding, { columns: 60, color: false })
    expect(lines[0]).toMatch(/^✗ Ledger/)
    expect(lines.join('\n')).toContain('do this  Do.')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60)
  })
})

describe('a project', () => {
  let dir: string
  let close: () => Promise<void>
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'deskside-doctor-'))
    const emulator = await startEmulator({ warn: () => {} })
    close = () => emulator.close()
    await initProject(dir, { subdomain: emulator.subdomain, baseUrl: emulator.url })
    await writeFile(join(dir, '.env'), 'ZENDESK_CLIENT_ID=a\nZENDESK_CLIENT_SECRET=b\n', { mode: 0o600 })
  })
  afterEach(async () => {
    await close()
    await rm(dir, { recursive: true })
  })

  async function doctor(
    env: Record<string, string> = {},
  ): Promise<{ exitCode: number; findings: Record<string, Finding> }> {
    const { exitCode, stdout } = await runCli(['doctor', '--json'], dir, { env })
    const { findings } = JSON.parse(stdout) as { findings: Finding[] }
    return { exitCode, findings: Object.fromEntries(findings.map((finding) => [finding.check, finding])) }
  }

  test('that is new has nothing in the way, and nothing is made in it', async () => {
    const { exitCode, findings } = await doctor()
    expect(exitCode).toBe(0)
    for (const check of ['Node', 'Project', 'Server', 'File system', 'Ledger', 'Store', 'Clock'])
      expect(findings[check]).toMatchObject({ outcome: 'ok' })
    await expect(rm(join(dir, '.deskside'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('that is not there is the only finding', async () => {
    await rm(join(dir, 'deskside.yml'))
    const { exitCode, findings } = await doctor()
    expect(exitCode).toBe(1)
    expect(findings).toMatchObject({ Project: { outcome: 'failed' } })
    expect(Object.keys(findings)).toEqual(['Node', 'Project'])
  })

  test('with a broken ledger, a lost key and an open folder fails, each with what to do', async () => {
    await mkdir(join(dir, '.deskside'), { mode: 0o700 })
    const store = await openProjectStore(dir, {})
    await (await openProjectSecrets(dir, {}, store)).put('credential/zendesk/client_secret', 'the-secret-text')
    await store.close()
    await rm(join(dir, '.deskside', 'secret.key'))
    await writeFile(join(dir, '.deskside', 'ledger.duckdb'), 'no ledger at all, but long enough to be looked at')
    await chmod(join(dir, '.deskside'), 0o755)
    const { exitCode, findings } = await doctor()
    expect(exitCode).toBe(1)
    for (const check of ['Ledger', 'Secret key', 'Permissions'])
      expect(findings[check]).toMatchObject({ outcome: 'failed', fix: expect.any(String) })
    expect(JSON.stringify(findings)).not.toContain('the-secret-text')
  })

  test('with another key in the environment fails: it does not open the secrets', async () => {
    const store = await openProjectStore(dir, {})
    await (await openProjectSecrets(dir, {}, store)).put('credential/zendesk/client_secret', 'the-secret-text')
    await store.close()
    const { findings } = await doctor({ DESKSIDE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64') })
    expect(findings['Secret key']).toMatchObject({ outcome: 'failed' })
  })

  test('with a database that nobody serves fails at the store alone', async () => {
    const { exitCode, findings } = await doctor({
      DESKSIDE_DATABASE_URL: 'postgres://nobody:secret-word@127.0.0.1:9/none',
    })
    expect(exitCode).toBe(1)
    expect(findings.Store).toMatchObject({ outcome: 'failed' })
    expect(JSON.stringify(findings)).not.toContain('secret-word')
  })

  test('of a server that was killed has a note', async () => {
    const url = 'http://127.0.0.1:9'
    await writeServerFile(dir, { pid: 2 ** 22 + 1, url, token: 'x'.repeat(20), startedAt: new Date(), version: '1' })
    const { exitCode, findings } = await doctor()
    expect(exitCode).toBe(0)
    expect(findings.Server).toMatchObject({ outcome: 'note' })
  })
})
