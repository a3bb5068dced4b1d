/**
 * Saves the control store that the present release leaves behind, for every later release to open: `node test/upgrade/save-store.ts DIR`.
 * It holds an object of every kind, secrets with the key file that opens them, and beside it what the release itself reads from it.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { openSecretBox } from '../../src/access/secret-box.ts'
import { openStore } from '../../src/store/open.ts'
import { definitionKinds, workflowStates } from '../../src/store/store.ts'
import {
  apiKey,
  at,
  dispatch,
  entry,
  groupRun,
  header,
  link,
  notification,
  session,
  user,
} from '../../src/store/test-objects.ts'

const target = process.argv[2]
if (target === undefined) throw new Error('Usage: node test/upgrade/save-store.ts DIR')
await mkdir(target, { recursive: true })

const path = join(target, 'control.sqlite')
const store = await openStore({ url: null, path, now: () => at(0) })
for (const kind of definitionKinds)
  await store.definitions.create({ kind, key: 'north', source: kind === 'table' ? 'git' : 'ui', body: { kind } }, 'cli')
const box = await openSecretBox({ folder: target, env: {}, secrets: store.secrets })
await box.put('credential/north/client_secret', 'a secret of an older release')
for (const [n, state] of workflowStates.entries()) {
  const endedAt = state === 'waiting' ? null : at(n)
  await store.workflows.add(header({ id: `W-${n}`, state, runId: `R-${n}`, requestedAt: at(n), endedAt }))
}
await store.groups.begin(groupRun({ id: 'G-1', dueAt: at(60) }), [header({ id: 'W-G', groupRun: 'G-1' })])
await store.notifications.add(notification(), [dispatch()])
await store.access.addUser(user())
await store.access.addSession(session())
await store.access.addLink(link({ kind: 'hand_over', about: 'north', detail: { note: 'By phone.' } }))
await store.access.addKey(apiKey({ user: 'U-1' }))
await store.activity.add(entry())
await store.columnTags.set('customers', { email: true, city: false }, 'user/U-1')
await store.meta.set('upkeep', at(0).toISOString())
const lines: string[] = []
for await (const line of store.dump()) lines.push(line)
await store.close()
await writeFile(join(target, 'control.sqlite.gz'), gzipSync(await readFile(path)))
for (const file of [path, `${path}-wal`, `${path}-shm`]) await rm(file, { force: true })
await writeFile(join(target, 'dump.jsonl'), `${lines.join('\n')}\n`)
