import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import fastify from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from './config.ts'
import { type Log, type LogOptions, openLog } from './log.ts'
import { Problem } from './problem.ts'

let home: string
let file: string
let log: Log
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'deskside log '))
  file = join(home, 'server.log')
  log = openTestLog()
})
afterEach(() => {
  log.close()
  rmSync(home, { recursive: true, force: true })
})

function openTestLog(options: Partial<LogOptions> = {}): Log {
  const now = () => new Date('2026-03-01T08:00:00.250Z')
  return openLog({ level: 'info', destination: { file }, now, ...options })
}

type Line = Record<string, unknown>
const written = () => readFileSync(file, 'utf8')
const lines = () =>
  written()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)
const lastLine = () => lines().at(-1) ?? {}

describe('a line', () => {
  it('is JSON with level, time in UTC, fields and message, and is there when the call returns', () => {
    log.info({ workflow: 'w1', rows: 3, live: false, none: null }, 'begun %s', 'now')
    expect(written()).toBe(
      '{"level":"info","time":"2026-03-01T08:00:00.250Z","workflow":"w1","rows":3,"live":false,"none":null,"msg":"begun now"}\n',
    )
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('of a request has its id', () => {
    log.child({ requestId: 'r-7' }).warn('slow')
    expect(lastLine()).toMatchObject({ level: 'warn', requestId: 'r-7', msg: 'slow' })
  })

  it('is added to those of earlier processes, unless its level is below', () => {
    log.info('one')
    log.debug('not shown')
    log.close()
    log = openTestLog({ level: 'debug' })
    log.debug('two')
    expect(lines().map(({ msg }) => msg)).toEqual(['one', 'two'])
  })

  it('of an error has its code, its words, and the stacks of its causes', () => {
    const cause = new TypeError('x is not a function')
    log.error({ err: new Problem('plan.stale', { message: 'Old.', data: { rows: 3 }, cause }) }, 'failed')
    expect(lastLine()).toMatchObject({
      msg: 'failed',
      err: { type: 'Problem', code: 'plan.stale', message: 'Old.', effect: 'none', data: { rows: 3 } },
    })
    const { stack } = lastLine().err as { stack: string }
    expect(stack).toMatch(/Old\.[\s\S]*log\.test\.ts[\s\S]*\ncaused by: TypeError: x is not a function/)
    const circular = new Error('round')
    circular.cause = circular
    log.error(circular)
    expect(lastLine()).toMatchObject({ msg: 'round', err: { type: 'Error', message: 'round' } })
  })

  it('that cannot be read is replaced, never shown', () => {
    log.hide('qxzj-hidden')
    const child = log.child({}, { serializers: { odd: () => ({ toJSON: () => undefined }) } })
    child.info({ odd: 'qxzj-hidden' }, 'with nothing as a field')
    expect(written()).not.toContain('qxzj')
    expect(lines()).toHaveLength(1)
  })
})

describe('a log', () => {
  it('to stderr writes there and nowhere else', () => {
    const source = `import { openLog } from ${JSON.stringify(new URL('./log.ts', import.meta.url).href)}
      const log = openLog({ level: 'info', destination: 'stderr' })
      log.info({ authorization: 'Bearer qxzjqxzj' }, 'to ann@example.com')
      log.close()`
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
      encoding: 'utf8',
    })
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 })
    expect(JSON.parse(stderr)).toEqual({ level: 'info', time: expect.stringMatching(/Z$/), msg: 'to a…@…' })
  })

  it('that cannot be opened says where', () => {
    expect(() => openTestLog({ destination: { file: home } })).toThrow(
      expect.objectContaining({ code: 'usage.invalid', message: expect.stringContaining(home) }),
    )
  })

  it.runIf(existsSync('/dev/full'))('that cannot be written tells so once, and keeps the process going', () => {
    const problems: Problem[] = []
    const full = openTestLog({ destination: { file: '/dev/full' }, onFailure: (problem) => problems.push(problem) })
    for (let i = 0; i < 5; i++) full.info('nowhere')
    expect(problems.map(({ code }) => code)).toEqual(['project.disk_full'])
    const silent = openTestLog({ destination: { file: '/dev/full' } })
    expect(() => silent.info('nowhere')).toThrow('ENOSPC')
  })
})

describe('headers that identify somebody', () => {
  it('are removed from objects, masked in lists and in text', () => {
    const headers = {
      Authorization: 'Basic YW5uOnF4emo=',
      'proxy-authorization': 'qxzj',
      cookie: 'deskside=qxzj',
      'set-cookie': ['deskside=qxzj; Path=/'],
      'X-CSRF-Token': 'qxzj',
      'x-api-key': 'qxzj',
      accept: 'text/html',
    }
    log.info({
      deep: [{ req: { headers } }],
      rawHeaders: Object.entries(headers).flat(),
      pairs: Object.entries(headers),
    })
    expect(written()).not.toMatch(/qxzj|YW5u/)
    expect(lastLine()).toMatchObject({ deep: [{ req: { headers: { accept: 'text/html' } } }] })
    expect((lastLine().rawHeaders as string[]).slice(-2)).toEqual(['accept', 'text/html'])
    log.info(`sent ${JSON.stringify(headers)}`)
    log.info(`sent ${JSON.stringify({ body: JSON.stringify(headers) })}`)
    log.info('GET / HTTP/1.1\r\nCookie: deskside=qxzj\r\nX-CSRF-Token: qxzj\r\nAccept: text/html')
    expect(written()).not.toMatch(/qxzj|YW5u/)
    expect(lastLine().msg).toContain('Accept: text/html')
  })

  it('are in no line of Fastify', async () => {
    const server = fastify({ loggerInstance: log })
    log.level = 'trace'
    server.get('/people/:email', async (request) => {
      request.log.info({ headers: request.headers, request: { raw: request.raw.rawHeaders } }, 'asked')
      throw new Error(`no ${request.headers.authorization} ${request.url}`)
    })
    await server.inject({
      url: '/people/ann%40example.com?also=bob@example.com',
      headers: { authorization: 'Bearer qxzjqxzj', cookie: 'deskside=qxzjqxzj', 'x-csrf-token': 'qxzjqxzj' },
    })
    await server.close()
    expect(lines().filter(({ reqId }) => reqId !== undefined).length).toBeGreaterThan(2)
    expect(written()).not.toMatch(/qxzj|ann(@|%40)|bob@|example\.com/)
    expect(written()).toContain('"url":"/people/a…@…?also=b…@…"')
  })
})

describe('what looks like a secret or an address', () => {
  it.each<[string, string]>([
    ['Basic YW5uOnF4emo=', 'Basic [secret]'],
    ['basic a', 'basic [secret]'],
    ['header was "BEARER ey.J0-_x/y=="', 'header was "BEARER [secret]"'],
    ['key dsk_0123456789abcdef_QXZJ-_43 is old', 'key dsk_0123456789abcdef_[secret] is old'],
    ['?key=xdsk_ab_cd&x=1', '?key=xdsk_ab_[secret]&x=1'],
    ['cookie deskside dsk_session_QXZJ', 'cookie deskside dsk_session_[secret]'],
    ['postgres://me:qx/z@j@db.example.com/x', 'postgres://[secret]@db.example.com/x'],
    ['postgres://me:qxzj@db:5432/control', 'postgres://[secret]@db:5432/control'],
    ['https://qxzj@hooks.example.com/', 'https://[secret]@hooks.example.com/'],
    ['https://q@x:zj@hooks.example.com/', 'https://[secret]@hooks.example.com/'],
    ['ann@example.com', 'a…@…'],
    ['<ann.o\'brien+x@mail.example.co.uk>, "bob smith"@example.com', '<a…@…>, b…@…'],
    ['to=ann%40example.com&x=1', 'to=a…@…&x=1'],
    ['Jürgen: jürgen@bücher.example', 'Jürgen: j…@…'],
    ['ann@[192.0.2.1] ann@xn--bcher-kva.example', 'a…@… a…@…'],
    ['ann@example.com.', 'a…@….'],
    ['no address: pino@10.4.0, @types/node, a @ b, 5@6', 'no address: pino@10.4.0, @types/node, a @ b, 5@6'],
    ['basically bearers', 'basically bearers'],
  ])('%s -> %s', (text, shown) => {
    log.info({ text, [text]: { deep: [text] } }, '%s', text)
    expect(lastLine()).toMatchObject({ text: shown, [shown]: { deep: [shown] }, msg: shown })
    log.error({ err: new Error(text, { cause: text }) })
    expect(lastLine().err).toMatchObject({ message: shown, stack: expect.stringContaining(`caused by: ${shown}`) })
  })

  it('fields that are named like secrets are masked', () => {
    log.info({ password: 'a', api_token: 'b', clientSecret: 'c', token: 'd', x: [{ secret: 'e' }], tokens: 7 })
    expect(lastLine()).toMatchObject({
      ...{ password: '[secret]', api_token: '[secret]', clientSecret: '[secret]', token: '[secret]' },
      ...{ x: [{ secret: '[secret]' }], tokens: 7 },
    })
  })

  it('bytes are counted', () => {
    log.info({ buffer: Buffer.from('qxzj'), array: new Uint8Array(3), list: [1, 2], none: {} })
    expect(lastLine()).toMatchObject({ buffer: '[4 bytes]', array: '[3 bytes]', list: [1, 2], none: {} })
  })

  it('long texts without spaces take no time to speak of', () => {
    const repeated = ['basic ', 'a://b:', '-x-csrf', 'cookie"', 'dsk_', 'a%40', '"@'].map((text) => text.repeat(20_000))
    for (const text of ['a'.repeat(500_000), `${'a.'.repeat(250_000)}@`, '@'.repeat(200_000), ...repeated])
      log.info(text)
    expect(lines()).toHaveLength(3 + repeated.length)
  })
})

describe('a registered secret', () => {
  it('is masked in every form in which it travels, overlapping ones as one', () => {
    const text = 'q"x z/j\\ü'
    log.hide(new Secret(text))
    log.hide('abcdef')
    log.hide('defghi')
    log.info({
      plain: `<${text}>`,
      url: encodeURIComponent(text),
      form: new URLSearchParams({ text }).toString(),
      json: JSON.stringify({ text }),
      [text]: 1,
      overlap: 'xabcdefghix abcdef',
    })
    expect(lastLine()).toMatchObject({
      plain: '<[secret]>',
      url: '[secret]',
      json: '{"text":"[secret]"}',
      '[secret]': 1,
      overlap: 'x[secret]x [secret]',
    })
    expect(lastLine().form).toBe('text=[secret]')
  })

  it('of fewer than 6 characters is not: it would mask half the log', () => {
    log.hide('e')
    log.hide('')
    log.hide('12345')
    log.info({ n: 12345 }, 'here')
    expect(lastLine()).toMatchObject({ n: 12345, msg: 'here' })
  })

  it('is in no line, whatever is logged, at any depth and in any way (I9)', () => {
    const secretText = fc.oneof(
      fc.string({ minLength: 6, maxLength: 40, unit: 'binary' }),
      fc.string({ minLength: 6, maxLength: 40, unit: 'grapheme-ascii' }),
      fc.stringMatching(/^[\w-]{6,50}$/),
      fc.stringMatching(/^[1-9]\d{5,14}$/),
    )
    /** Where a secret may stand; `Secret` objects need no registration. */
    const holding = (secret: string) => {
      const leaf = fc.oneof(
        fc.tuple(fc.string(), fc.string()).map(([before, after]): unknown => before + secret + after),
        fc.constant<unknown>(secret),
        fc.constant<unknown>(new Secret(secret)),
        fc.constant<unknown>(new Error(`wrong: ${secret}`, { cause: new Error(secret) })),
        fc.constant<unknown>(Object.assign(new Error('x'), { headers: { secret }, detail: secret })),
        fc.constant<unknown>(new Problem('plan.stale', { message: secret, data: { secret } })),
        fc.constant<unknown>(Buffer.from(secret)),
        fc.constant<unknown>(new URL(`https://example.com/${encodeURIComponent(secret)}`)),
        fc.constant<unknown>(new Map([[secret, new Set([secret])]])),
        fc.constant<unknown>(/^\d+$/.test(secret) ? Number(secret) : secret),
        fc.constant<unknown>(/^\d+$/.test(secret) ? BigInt(secret) : secret),
        fc.anything(),
      )
      return fc.letrec<{ value: unknown }>((tie) => ({
        value: fc.oneof(
          { depthSize: 'small', withCrossShrink: true },
          leaf,
          fc.array(tie('value'), { maxLength: 4 }),
          fc.dictionary(
            fc.oneof(fc.string(), fc.constant(secret), fc.constantFrom('err', 'req', 'msg', 'toJSON')),
            tie('value'),
            {
              maxKeys: 4,
            },
          ),
          tie('value').map((value) => {
            const circular: Record<string, unknown> = { value, secret }
            circular.self = circular
            return circular
          }),
        ),
      })).value
    }
    const attempt = secretText.chain((secret) =>
      fc.tuple(
        fc.constant(secret),
        holding(secret),
        fc.constantFrom('fields', 'argument', 'child', 'message', 'error'),
      ),
    )
    fc.assert(
      fc.property(attempt, ([secret, value, way]) => {
        // Texts of which every line consists cannot be kept out of it.
        fc.pre(!'{"level":"info","time":"2026-03-01T08:00:00.250Z","msg":"[secret]"}'.includes(secret))
        rmSync(file, { force: true })
        log.close()
        log = openTestLog()
        log.hide(secret)
        const fields = { value, secret: new Secret(secret) }
        if (way === 'fields') log.info(fields, `about ${secret}`)
        else if (way === 'argument')
          Reflect.apply(log.info, log, [fields, '%o %j %s %s', value, value, secret, new Secret(secret)])
        else if (way === 'child') log.child({ value, [secret]: secret }).info(secret)
        else if (way === 'message') Reflect.apply(log.info, log, [value, secret])
        else log.error({ err: value }, 'failed')
        const all = written()
        expect(all).not.toContain(secret)
        const parsed = lines()
        expect(parsed.length).toBeGreaterThan(0)
        for (const text of textsIn(parsed)) expect(text).not.toContain(secret)
      }),
      { numRuns: 100 },
    )
  })
})

/** All texts, names and numbers of a tree, as their readers see them. */
function textsIn(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [String(value)]
  return Object.entries(value).flatMap(([name, field]) => [...(Array.isArray(value) ? [] : [name]), ...textsIn(field)])
}
