import { mkdirSync, statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * Where compiled code is kept between starts: a folder of the user's own, because whoever can write there can run code as the user, and
 * Node's default lies in the shared temporary folder. Null where there is no such folder; nothing but time depends on it.
 */
function codeCacheDir(): string | null {
  const { XDG_CACHE_HOME: named } = process.env
  try {
    const dir = join(named && isAbsolute(named) ? named : join(homedir(), '.cache'), 'deskside', 'code')
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    return statSync(dir).uid === process.getuid?.() ? dir : null
  } catch {
    return null
  }
}

// Before anything else is imported: compiling and stripping types were most of a start. docs/design/performance.md has the figures with the cache.
const cacheDir = codeCacheDir()
if (cacheDir !== null) enableCompileCache(cacheDir)
const { start } = await import('./main.ts')
await start()
