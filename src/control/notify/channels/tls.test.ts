import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CertificateKind, opensslVersion, openTlsFront, type TlsFront } from '../../../../test/faults/front.ts'
import { Secret } from '../../../config.ts'
import { type HttpReceiver, startHttp } from '../test-receivers.ts'
import { openChannel } from './open.ts'

const hasOpenssl = opensslVersion() !== null
const usual = getCACertificates('default')
let folder: string
let receiver: HttpReceiver
let front: TlsFront

beforeAll(async () => {
  if (!hasOpenssl) return
  folder = mkdtempSync(join(tmpdir(), 'deskside-tls-'))
  receiver = await startHttp()
  front = await openTlsFront(receiver.url, folder)
  setDefaultCACertificates([...usual, ...readFileSync(front.trusted, 'utf8').split(/(?<=END CERTIFICATE-----\n)/)])
})

afterAll(async () => {
  if (!hasOpenssl) return
  setDefaultCACertificates(usual)
  await front.close()
  await receiver.close()
  rmSync(folder, { recursive: true, force: true })
})

test.runIf(hasOpenssl).each<[CertificateKind, object]>([
  ['good', { end: 'sent' }],
  ['expired', { end: 'failed', why: 'the certificate of the host has expired' }],
  ['of another host', { end: 'failed', why: 'the certificate is that of another host' }],
  ['of nobody known', { end: 'failed', why: 'the certificate of the host is signed by nobody who is trusted here' }],
])('a webhook whose certificate is %s', async (kind, end) => {
  front.show(kind)
  const before = receiver.received.length
  const secrets = { url: new Secret(`https://localhost:${front.port}/hook`), token: new Secret('key') }
  const resolve = async () => [{ address: '127.0.0.1', family: 4 as const }]
  const outside = { allowedHosts: [], resolve, timeoutMs: 10_000 }
  const channel = openChannel({ type: 'webhook' }, secrets, outside, () => new Date(0))
  if (typeof channel === 'string') throw new Error(channel)
  const message = {
    ...({ id: '1', event: 'failed', severity: 'error', title: 'T', text: 'T', link: null, url: null } as const),
    ...{ orchestration: null, workflow: null, at: new Date(0) },
  }
  expect(await channel.send(message, '')).toMatchObject(end)
  expect(receiver.received.length - before).toBe(kind === 'good' ? 1 : 0)
})
