// `npm run lockfile`, after every change of dependencies: adds to package-lock.json the optional packages that npm left
// out because the registry or mirror at hand did not serve them (native parts for other processors and systems).
// `npm ci` refuses a lockfile without them, on every machine. Their version is the one that their dependent asks for;
// their integrity stays open until somebody runs `npm install` where they are served.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url))
const lock = JSON.parse(readFileSync(path, 'utf8'))

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64']

/** What such a package says of itself, read off its name (`binding-linux-arm-musleabihf`), as npm writes it down. */
function platformOf(name) {
  const words = name.split(/[/-]/)
  const cpu = processors.find((word) => words.includes(word))
  const os = systems.find((word) => words.includes(word))
  if (cpu === undefined || os === undefined) throw new Error(`The name ${name} does not tell its processor and system.`)
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : null
  return libc === null ? { cpu: [cpu], os: [os] } : { cpu: [cpu], libc: [libc], os: [os] }
}

const added = []
for (const dependent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(dependent.optionalDependencies ?? {})) {
    if (lock.packages[`node_modules/${name}`] !== undefined) continue
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      throw new Error(`${name} is asked for as ${version}: add it by hand.`)
    const { cpu, libc, os } = platformOf(name)
    const dev = dependent.dev === true ? { dev: true } : {}
    lock.packages[`node_modules/${name}`] = { version, cpu, ...dev, ...(libc && { libc }), optional: true, os }
    added.push(`${name}@${version}`)
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'))
writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`)
process.stdout.write(added.length === 0 ? 'The lockfile is complete.\n' : `Added: ${added.join(', ')}\n`)
