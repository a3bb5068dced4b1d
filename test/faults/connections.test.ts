import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { WorkflowEvent } from '../../src/sync/report.ts'
import { type CliEnd, startCli, summaryOf } from '../cli-child.ts'
import { isFull } from '../full-set.ts'
import { type Bench, openBench } from '../project-bench.ts'
import { people } from '../sample-people.ts'
import { type CertificateKind, type Front, openFront, opensslVersion, openTlsFront } from './front.ts'
import { expectNoSecret, expectUndisturbed, type HeldAccount, undisturbedAccount } from './verdict.ts'

vi.setConfig({ testTimeout: 120_000 })

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const PEOPLE = 300
let expected: Promise<HeldAccount> | null = null

async function openPeople(): Promise<Bench> {
  const bench = await openBench({ emulator: { jobLatencyMs: [200, 400] } })
  open.push(bench)
  await bench.write(people(PEOPLE))
  return bench
}

const waits = (end: CliEnd): string[] =>
  end.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as WorkflowEvent)
    .flatMap((event) => (event.type === 'waiting' && event.why !== null ? [event.why] : []))

async function expectCompleted(bench: Bench, end: CliEnd): Promise<void> {
  expected ??= undisturbedAccount({}, [people(PEOPLE)])
  expect([end.exitCode, end.stderr]).toEqual([0, ''])
  await expectUndisturbed({ bench, summary: summaryOf(end), expectedAccount: await expected, outputs: [end.stdout] })
}

/** The run ended before anything was sent, and says why. */
function expectUnreachable(bench: Bench, end: CliEnd, why: RegExp): void {
  const { status, problem, rows } = summaryOf(end)
  expect([end.exitCode, status, problem?.code, rows.created]).toEqual([1, 'error', 'zendesk.unreachable', 0])
  expect(problem?.message).toMatch(why)
  expect(bench.writtenUsers()).toEqual([])
  expectNoSecret(bench, [end.stdout, end.stderr])
}

const BULK = /create_or_update_many/

describe('the name of the host cannot be resolved', () => {
  /** As long as the file `down` is there, names have no address; each failed look-up leaves a byte in `count`. */
  async function withNames(
    bench: Bench,
  ): Promise<{ front: Front; env: Record<string, string>; down: string; count: string }> {
    const front = await openFront(bench.emulator.url)
    open.push(front)
    await bench.settings({ base_url: `http://localhost:${front.port}` })
    const [down, count, preload] = ['down', 'count', 'preload.mjs'].map((name) => join(bench.dir, name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(
      preload,
      `import dns from 'node:dns'
       import { appendFileSync, existsSync } from 'node:fs'
       const lookup = dns.lookup
       dns.lookup = (name, options, callback) => {
         if (!existsSync(${JSON.stringify(down)})) return lookup(name, options, callback)
         appendFileSync(${JSON.stringify(count)}, '.')
         const error = new Error('getaddrinfo EAI_AGAIN ' + name)
         process.nextTick(typeof options === 'function' ? options : callback, Object.assign(error, { code: 'EAI_AGAIN', syscall: 'getaddrinfo' }))
       }`,
    )
    return { front, env: { NODE_OPTIONS: `--import=${pathToFileURL(preload)}` }, down, count }
  }

  it('at the start: the run says so, and after the repair the same command completes (I3)', async () => {
    const bench = await openPeople()
    const { env, down } = await withNames(bench)
    appendFileSync(down, '')
    expectUnreachable(
      bench,
      await startCli(bench, ['run', 'people'], env).ended,
      /the host name cannot be resolved now/,
    )
    rmSync(down)
    await expectCompleted(bench, await startCli(bench, ['run', 'people'], env).ended)
  })

  it('in the middle, for a while: the run waits, says why, and completes (I3)', async () => {
    const bench = await openPeople()
    const { front, env, down, count } = await withNames(bench)
    const failures = () => (existsSync(count) ? readFileSync(count, 'utf8').length : 0)
    front.onRequest = (incoming) => {
      if (BULK.test(incoming.url ?? '') && failures() === 0) appendFileSync(down, '')
    }
    const cli = startCli(bench, ['run', 'people'], env)
    await vi.waitUntil(() => failures() >= 4, { timeout: 60_000 })
    rmSync(down)
    const end = await cli.ended
    await expectCompleted(bench, end)
    expect(waits(end).join()).toContain('the host name cannot be resolved now')
    expect(summaryOf(end).waited_ms).toBeGreaterThan(0)
  })

  it.runIf(isFull)('because there is none (full: DESKSIDE_FAULTS=full)', async () => {
    const bench = await openPeople()
    await bench.settings({ base_url: 'https://desk.invalid' })
    const end = await startCli(bench, ['run', 'people'], { DESKSIDE_ALLOWED_HOSTS: 'desk.invalid' }).ended
    expectUnreachable(bench, end, /the host name (does not exist|cannot be resolved now)/)
  })
})

const hasOpenssl = opensslVersion() !== null
const reason = hasOpenssl ? '' : ' (skipped: the command openssl is missing)'

it.runIf(process.env.CI === 'true')('the command openssl is there in CI', () => expect(hasOpenssl).toBe(true))

describe.runIf(hasOpenssl)(`the certificate of the host is wrong${reason}`, () => {
  async function withCertificates(bench: Bench) {
    const front = await openTlsFront(bench.emulator.url, bench.dir)
    open.push(front)
    await bench.settings({ base_url: `https://localhost:${front.port}` })
    const env = { DESKSIDE_ALLOWED_HOSTS: `localhost:${front.port}`, NODE_EXTRA_CA_CERTS: front.trusted }
    return { front, run: () => startCli(bench, ['run', 'people'], env) }
  }

  const kinds: [CertificateKind, RegExp][] = [
    ['expired', /the certificate of the host has expired/],
    ['of another host', /the certificate is that of another host/],
    ['of nobody known', /the certificate of the host is signed by nobody who is trusted/],
  ]

  it('at the start: nothing is sent, the run says why, and after the repair the same command completes (I3, I9)', async () => {
    const bench = await openPeople()
    const { front, run } = await withCertificates(bench)
    for (const [kind, why] of isFull ? kinds : kinds.slice(0, 1)) {
      front.show(kind)
      expectUnreachable(bench, await run().ended, why)
    }
    expect(bench.emulator.calls()).toEqual([])
    front.show('good')
    await expectCompleted(bench, await run().ended)
  })

  it('in the middle, for a while: the run waits, says why, and completes (I3)', async () => {
    const bench = await openPeople()
    const { front, run } = await withCertificates(bench)
    front.onRequest = (incoming) => {
      if (BULK.test(incoming.url ?? '') && front.refused() === 0) front.show('expired')
    }
    const running = run()
    await vi.waitUntil(() => front.refused() >= 4, { timeout: 60_000 })
    front.show('good')
    const end = await running.ended
    await expectCompleted(bench, end)
    expect(waits(end).join()).toContain('the certificate of the host has expired')
  })
})
