import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type Emulator, startEmulator } from '../emulator/index.ts'
import { makeContext } from './context.ts'
import { fieldsApplyCommand } from './fields.ts'
import { captured, runCli } from './test-run.ts'

let dir: string
let emulator: Emulator

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deskside-fields-'))
  emulator = await startEmulator({ plan: 'unlimited' })
  emulator.seed({
    user_fields: [{ key: 'tier', type: 'dropdown', title: 'Tier', custom_field_options: ['gold', 'silver'] }],
  })
  await declare({
    tier: { type: 'dropdown', title: 'Tier', options: { gold: 'gold', iron: 'Iron' } },
    city: { type: 'text', title: 'City' },
  })
})

afterEach(async () => {
  await emulator.close()
  await rm(dir, { recursive: true })
})

async function declare(user_fields: object): Promise<void> {
  const text = stringify({
    name: 'fields',
    database: { tables: {} },
    credentials: { zendesk: { type: 'zendesk', email: emulator.email, api_token: emulator.apiToken } },
    destinations: {
      zendesk: {
        plugin: 'zendesk',
        credential: 'zendesk',
        subdomain: 'emulator',
        base_url: emulator.url,
        limits: { api_budget: 'none' },
        user_fields,
      },
    },
  })
  await writeFile(join(dir, 'deskside.yml'), text)
}

const run = (line: string) => runCli(line.split(' '), dir)

/** `fields apply` in a terminal 80 columns wide, with what is typed there. */
async function typed(answer: string, removal = { options: false, fields: [] as string[] }) {
  const { text, parts } = captured(dir, { columns: 80 })
  const input = Object.assign(Readable.from(answer === '' ? [] : [answer]), { isTTY: true })
  const exitCode = await fieldsApplyCommand(makeContext(parts, {}), 'zendesk', { removal, yes: false }, input)
  return { exitCode, ...text }
}

const writes = () => emulator.calls({}).filter((call) => call.method !== 'GET').length
const documents = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('fields plan', () => {
  test('shows changes and what is left alone, and sends nothing', async () => {
    const { exitCode, stdout, stderr } = await run('fields plan zendesk')
    expect([exitCode, stderr, writes()]).toEqual([0, '', 0])
    expect(stdout).toBe(`User fields of zendesk
${emulator.url}

2 changes in 2 fields
  tier
    + new option iron "Iron"
  city
    + new text field "City"

In the account and not in deskside.yml: left alone
  tier  option silver "silver"

Apply it: ${stdout.split('Apply it: ')[1]!}`)
    expect(stdout).toMatch(/deskside fields apply zendesk\n$/)
  })

  test('--check tells by its exit code whether something would change', async () => {
    expect((await run('fields plan zendesk --check')).exitCode).toBe(3)
    expect((await run('fields apply zendesk --yes')).exitCode).toBe(0)
    const { exitCode, stdout } = await run('fields plan zendesk --check')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Nothing to change: 2 declared fields')
  })

  test('--json prints one document', async () => {
    const { stdout } = await run('fields plan zendesk --json --remove-options')
    expect(documents(stdout)).toMatchObject([
      {
        destination: 'zendesk',
        account: emulator.url,
        declared: 2,
        changes: [
          { change: 'add_option', key: 'tier', value: 'iron', name: 'Iron' },
          { change: 'remove_option', key: 'tier', value: 'silver', name: 'silver' },
          { change: 'create_field', key: 'city', field: { type: 'text', title: 'City', options: [] } },
        ],
        conflicts: [],
        left_alone: { fields: [], options: [] },
        problem: null,
      },
    ])
  })

  test('what cannot be changed is a problem with what to do', async () => {
    await declare({ tier: { type: 'text', title: 'Tier' } })
    const plain = await run('fields plan zendesk')
    expect(plain.exitCode).toBe(1)
    expect(plain.stderr).toContain('Write `type: dropdown`')
    for (const line of ['fields plan zendesk --json', 'fields apply zendesk --yes --json']) {
      const machine = await run(line)
      expect([machine.exitCode, machine.stderr]).toEqual([1, ''])
      expect(documents(machine.stdout)).toMatchObject([{ problem: { code: 'zendesk.field_conflict' } }])
    }
    expect(writes()).toBe(0)
  })

  test('a project without declared fields says where to write them', async () => {
    await declare({})
    expect((await run('fields plan zendesk')).stdout).toContain('write them under `user_fields`')
  })
})

describe('fields apply', () => {
  test.each(['fields apply zendesk', 'fields apply zendesk --json'])('`%s` needs --yes', async (line) => {
    const { exitCode, stdout, stderr } = await run(line)
    expect(exitCode).toBe(2)
    expect(stdout + stderr).toContain('--yes is not given')
    expect(emulator.calls({})).toEqual([])
  })

  test('--json prints each change and how it ended', async () => {
    const { exitCode, stdout, stderr } = await run('fields apply zendesk --yes --json --remove-options')
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(documents(stdout)).toMatchObject([
      { type: 'applied', change: 'add_option' },
      { type: 'applied', change: 'remove_option' },
      { type: 'applied', change: 'create_field' },
      { destination: 'zendesk', planned: 3, applied: 3, seen: true, problem: null },
    ])
  })

  test('--json tells how far it went when it is stopped', async () => {
    emulator.faults({ kind: 'status', status: 403, body: 'no', match: { method: 'POST', path: /user_fields$/ } })
    const { exitCode, stdout } = await run('fields apply zendesk --yes --json')
    expect(exitCode).toBe(1)
    expect(documents(stdout).at(-1)).toMatchObject({
      planned: 2,
      applied: 1,
      seen: false,
      problem: { code: 'zendesk.permission_denied', effect: 'partial' },
    })
  })

  test.each(['y\n', ' YES \n'])('goes on when %j is typed', async (answer) => {
    const { exitCode, stdout, stderr } = await typed(answer)
    expect(exitCode).toBe(0)
    expect(stderr).toContain('Apply these changes? (y/N)')
    expect(stdout).toMatch(/✓ 2 changes applied and seen in the account\.\n$/)
  })

  test('with --json nobody is asked, also in a terminal', async () => {
    const { parts } = captured(dir, { columns: 80 })
    const input = Object.assign(Readable.from(['y\n']), { isTTY: true })
    const options = { removal: { options: false, fields: [] }, yes: false }
    const applying = fieldsApplyCommand(makeContext(parts, { json: true }), 'zendesk', options, input)
    await expect(applying).rejects.toMatchObject({ code: 'usage.invalid', exitCode: 2 })
  })

  test.each(['n\n', '\n', 'yess\n', ''])('changes nothing when %j is typed', async (answer) => {
    const { exitCode, stderr } = await typed(answer)
    expect([exitCode, writes()]).toEqual([1, 0])
    expect(stderr).toContain('Nothing was changed.')
  })

  test('asks for nothing when there is nothing to do', async () => {
    await declare({ tier: { type: 'dropdown', title: 'Tier', options: { gold: 'gold' } } })
    const { exitCode, stderr } = await typed('')
    // A terminal saw the project being opened, of which nothing stays.
    expect([exitCode, stripVTControlCharacters(stderr).trim()]).toEqual([0, ''])
  })

  test('what is lost is said loudly, before and in the question', async () => {
    await declare({ city: { type: 'text', title: 'City' } })
    const { stdout, stderr } = await typed('n\n', { options: false, fields: ['tier'] })
    expect(stdout).toContain('REMOVE this dropdown field "Tier": everybody loses their value of it')
    expect(stderr).toContain('and lose the values named above for ever?')
  })

  test('nothing is wider than the terminal, and nothing from the account can steer it', async () => {
    const long = 'a\u001b[2J'.repeat(60)
    emulator.seed({ user_fields: [{ key: 'long', title: long }] })
    await declare({
      tier: {
        type: 'dropdown',
        title: 'A title of the tier '.repeat(8).trim(),
        options: { gold: 'Gold '.repeat(40).trim() },
      },
      long: { type: 'text', title: 'Long', description: 'words and more words '.repeat(9) },
    })
    const { stdout } = await typed('y\n')
    // A word without blanks cannot be broken; the description and titles above have some.
    const lines = stdout.split('\n').filter((line) => !line.includes('\\x1b'))
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(stdout).not.toContain('\u001b[2J')
  })
})
