import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { EmulatorOptions } from '../src/emulator/index.ts'
import { readings } from '../src/emulator/readings.ts'
import { openEmulatedAccount } from './account-client.ts'
import { createScene, tour, visit } from './account-tour.ts'
import { compareAccount, type Line } from './real-comparison.ts'
import { observers } from './real-observations.ts'

/** Compares an emulated account, as if it were a real one. */
async function compare(options: EmulatorOptions = {}) {
  await using account = await openEmulatedAccount({ plan: 'enterprise', ...options })
  const lines: Line[] = []
  const before = account.emulator.state({ include_deleted: true }).users.length
  const { differences } = await compareAccount(account, 'deskside-test-1', (line) => lines.push(line))
  const { user_fields: fields, users } = account.emulator.state({ include_deleted: true })
  const organizations = (await account.call('GET', '/api/v2/organizations')).json?.organizations
  const left = [...users.slice(before).filter(({ name }) => name !== 'Permanently Deleted User'), ...fields]
  return { differences, lines, left: [...left, ...(organizations ?? [])] }
}

describe('test:real', () => {
  test('finds no difference between the emulator and itself, and leaves nothing behind', async () => {
    const { differences, lines, left } = await compare()
    expect(lines.filter(({ isDifference }) => isDifference)).toEqual([])
    expect({ differences, left }).toEqual({ differences: 0, left: [] })
    expect(lines.filter(({ kind }) => kind === 'reading').length).toBeGreaterThan(20)
  })

  test('shows what differs in another account, counts it, and leaves nothing behind', async () => {
    const { differences, lines, left } = await compare({ tagging: false, badDropdown: 'drop', noUsersStatus: 422 })
    const found = lines.filter(({ isDifference }) => isDifference).map(({ text }) => text)
    expect(found).toContain('GET users/{id}: user.tags is only in the emulator')
    expect(found).toContain('badDropdown: drop (the emulator: fail)')
    expect(found).toContain('noUsersStatus: 422 (the emulator: 400)')
    expect(differences).toBe(found.length)
    expect(left).toEqual([])
  })

  test('goes on without bulk import, and leaves nothing behind', async () => {
    const { lines, left } = await compare({ bulkImport: false })
    const found = lines.filter(({ isDifference }) => isDifference).map(({ text }) => text)
    expect(found).toContain('POST users/create_or_update_many: the status is 403, in the emulator 200')
    // What only a job can show is not guessed at.
    expect(lines.filter(({ kind, isDifference }) => kind === 'reading' && isDifference)).toEqual([])
    expect(lines.map(({ text }) => text)).toContain('rowRace: a bulk request is refused with 403')
    expect(left).toEqual([])
  })

  test('without credentials says which variables to set, and ends with 2', () => {
    const script = fileURLToPath(new URL('../scripts/test-real.ts', import.meta.url))
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DESKSIDE_REAL_')))
    const { status, stderr, stdout } = spawnSync(process.execPath, [script], { env, encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    for (const name of ['SUBDOMAIN', 'EMAIL', 'API_TOKEN', 'CLIENT_ID', 'CLIENT_SECRET']) {
      expect(stderr).toContain(`DESKSIDE_REAL_${name}`)
    }
  })
})

const observable = Object.entries(readings).flatMap(([name, values]) => {
  const observer = observers[name as keyof typeof readings]
  return typeof observer === 'string' ? [] : values.map((value) => ({ name, value, observer }))
})

test.each(observable)('an account in which $name is $value is seen to be one', async ({ name, value, observer }) => {
  const isAboutImports = name === 'importsOffBody' || name === 'updateManyNeedsImport'
  await using account = await openEmulatedAccount({ [name]: value, bulkImport: !isAboutImports })
  const scene = createScene(account, 'seen')
  for await (const { answer } of visit(
    scene,
    tour.filter(({ route }) => route === 'POST user_fields'),
  )) {
    expect(answer.status).toBe(201)
  }
  expect(await observer(scene)).toEqual({ agrees: expect.arrayContaining([value]) })
})
