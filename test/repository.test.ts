import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface LockedPackage {
  resolved?: string
  integrity?: string
  optional?: boolean
  os?: string[]
  optionalDependencies?: Record<string, string>
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'))
const locked: [path: string, entry: LockedPackage][] = Object.entries(read('package-lock.json').packages)

test('the lockfile names no download addresses', () => {
  expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})

test('the lockfile holds the integrity of all that runs on Linux x64, and of the bundled Node everywhere', () => {
  const open = locked.filter(([path, { integrity }]) => path !== '' && !integrity?.startsWith('sha512-'))
  const foreign = /android|darwin|freebsd|openharmony|win32|arm|ppc64|riscv64|s390x|musl/
  const isExcused = ([path, { optional }]: (typeof open)[number]) =>
    optional && foreign.test(path) && !path.startsWith('node_modules/node-')
  expect(open.filter((each) => !isExcused(each))).toEqual([])
})

test('the lockfile is complete, or npm ci refuses it: `npm run lockfile` adds what npm left out', () => {
  const paths = new Set(locked.map(([path]) => path))
  const asked = locked.flatMap(([, { optionalDependencies }]) => Object.keys(optionalDependencies ?? {}))
  expect(asked.filter((name) => !paths.has(`node_modules/${name}`))).toEqual([])
})

test('every dependency is pinned to one version', () => {
  const { dependencies, devDependencies, optionalDependencies } = read('package.json')
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
    expect(`${name} ${version}`).toMatch(/ \d+\.\d+\.\d+(-[\w.]+)?$/)
  }
})
