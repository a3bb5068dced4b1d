import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parsePhoneNumberFromString } from 'libphonenumber-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { initProject } from './init.ts'
import { loadProject } from './load.ts'

let parent: string
let dir: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'deskside-init-'))
  dir = join(parent, 'new', 'socktown')
})

afterEach(async () => {
  await rm(parent, { recursive: true })
})

const read = (file: string) => readFile(join(dir, file), 'utf8')

describe('initProject', () => {
  it('writes a project that loads, in a folder that it makes', async () => {
    const { files } = await initProject(dir)
    expect(files.toSorted()).toEqual([
      '.deskside.schema.json',
      '.env.example',
      '.gitignore',
      'data/customer_360.csv',
      'deskside.yml',
      'queries/zendesk_users.sql',
    ])
    expect(
      (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()),
    ).toHaveLength(6)
    const project = await loadProject(dir, {}, { allowMissingVariables: true })
    expect(project.name).toBe('socktown')
    expect([...project.orchestrations.keys()]).toEqual(['zendesk_users'])
    expect(project.destinations.get('zendesk')?.base_url).toBeUndefined()
  })

  it('names in .env.example exactly the variables that the project asks for', async () => {
    await initProject(dir)
    await expect(loadProject(dir, {})).rejects.toMatchObject({ code: 'config.variable_missing' })
    const example = await read('.env.example')
    // Copied and not filled in is found out as well.
    await writeFile(join(dir, '.env'), example)
    await expect(loadProject(dir, {})).rejects.toThrow(/ZENDESK_CLIENT_ID is set but empty/)
    await writeFile(join(dir, '.env'), example.replace(/=$/gm, '=filled'))
    const project = await loadProject(dir, {})
    expect(project.credentials.get('zendesk')).toMatchObject({ type: 'zendesk_oauth', client_id: 'filled' })
  })

  it('stays right when the lines that are commented out are taken in', async () => {
    await initProject(dir)
    const yaml = (await read('deskside.yml'))
      .replace(/^ {2}zendesk:\n {4}type: zendesk_oauth\n.*\n.*\n/m, '')
      .replace(
        /^( +)# (zendesk:| {2}type: zendesk$| {2}email:| {2}api_token:|default_country|guards|user_fields:| {2}city:| {2}loyalty_tier:|base_url|Stores)/gm,
        '$1$2',
      )
    await writeFile(join(dir, 'deskside.yml'), yaml)
    const project = await loadProject(dir, { ZENDESK_EMAIL: 'ada@example.com', ZENDESK_API_TOKEN: 't' })
    expect(project.credentials.get('zendesk')).toMatchObject({ type: 'zendesk', email: 'ada@example.com' })
    expect(project.destinations.get('zendesk')).toMatchObject({
      default_country: 'US',
      guards: { max_changed_percent: 20 },
      user_fields: { city: { type: 'text' }, loyalty_tier: { type: 'dropdown' } },
    })
    expect(project.databases.get('database')?.tables).toHaveLength(2)
  })

  it('takes name, subdomain and address, whatever they contain', async () => {
    await initProject(dir, { name: 'a: "b" # c', subdomain: 'acme', baseUrl: 'http://127.0.0.1:4010' })
    const project = await loadProject(dir, {}, { allowMissingVariables: true })
    expect(project.name).toBe('a: "b" # c')
    expect(project.destinations.get('zendesk')).toMatchObject({ subdomain: 'acme', base_url: 'http://127.0.0.1:4010' })
  })

  it('points editors to the schema that it wrote', async () => {
    await initProject(dir)
    const file = /^# yaml-language-server: \$schema=(\S+)\n/.exec(await read('deskside.yml'))?.[1]
    expect(JSON.parse(await read(file!))).toMatchObject({ type: 'object', additionalProperties: false })
  })

  it('overwrites nothing, and then writes nothing', async () => {
    await mkdir(join(dir, 'data'), { recursive: true })
    await writeFile(join(dir, 'data/customer_360.csv'), 'mine')
    await writeFile(join(dir, 'deskside.yml'), 'mine')
    await expect(initProject(dir)).rejects.toMatchObject({
      code: 'project.not_empty',
      data: { files: ['deskside.yml', 'data/customer_360.csv'] },
    })
    expect((await readdir(dir)).toSorted()).toEqual(['data', 'deskside.yml'])
    expect(await read('deskside.yml')).toBe('mine')
  })

  it('lives beside other files and adds to a .gitignore', async () => {
    await mkdir(dir, { recursive: true })
    await writeFile(join(dir, 'README.md'), 'mine')
    await writeFile(join(dir, '.gitignore'), 'node_modules/\n.env')
    await initProject(dir)
    expect(await read('.gitignore')).toBe('node_modules/\n.env\n.deskside/\n')
  })

  it('says why it cannot write', async () => {
    await writeFile(join(parent, 'new'), 'a file')
    await expect(initProject(dir)).rejects.toMatchObject({
      code: 'usage.invalid',
      message: expect.stringContaining('ENOTDIR'),
    })
  })

  it('brings people whose numbers are valid and whose addresses belong to nobody', async () => {
    await initProject(dir)
    const people = (await read('data/customer_360.csv'))
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
    expect(people).toHaveLength(10)
    for (const [, , email, phone] of people) {
      expect(email).toMatch(/@example\.com$/)
      if (phone !== '') expect(parsePhoneNumberFromString(phone!)?.isValid()).toBe(true)
    }
  })
})
