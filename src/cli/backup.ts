import { resolve } from 'node:path'
import type { Manifest } from '../control/backup.ts'
import { type Context, serverOf } from './context.ts'
import { bytes } from './doctor-machine.ts'
import { counted, labelled, paint, visible } from './text.ts'
import { version } from './version.ts'

/** Makes a backup in a new folder; where a server works, it does so, without stopping anything. */
export async function backupCommand(context: Context, dir: string, options: { withKey: boolean }): Promise<number> {
  const { stdout, env, isJson, cwd } = context
  const target = resolve(cwd, dir)
  const manifest = await makeBackup(context, target, options.withKey)
  if (isJson) {
    await stdout.json({ dir: target, ...manifest })
    return 0
  }
  const style = stdout.style(env)
  const key = manifest.with_key
    ? 'It holds the key of the secrets: whoever has this folder has them too.'
    : 'The key of the secrets is not in it: keep DESKSIDE_SECRET_KEY or .deskside/secret.key in another place.'
  await stdout.lines([
    `${paint(style, 'green', '✓')} A backup in ${visible(target)}: ${sizeOf(manifest)}`,
    ...labelled(style, 'note', key),
    ...labelled(
      style,
      'note',
      'It holds people and what was sent of them. Files that deskside.yml names as tables, and .env, are not in it.',
    ),
  ])
  return 0
}

async function makeBackup({ projectDir, env }: Context, dir: string, withKey: boolean): Promise<Manifest> {
  const server = await serverOf(projectDir)
  if (server !== null) {
    const { ServerClient } = await import('./server-client.ts')
    const client = new ServerClient(server)
    try {
      return await client.result<Manifest>('backup', [dir, { withKey }])
    } finally {
      await client.close()
    }
  }
  const [{ openApp }, { loadProject }, { backUp, keyFileOf }, { hasProjectStore, openProjectStore }] =
    await Promise.all([
      import('../app.ts'),
      import('../project/load.ts'),
      import('../control/backup.ts'),
      import('../control/project-store.ts'),
    ])
  const app = await openApp(await loadProject(projectDir, env, { allowMissingVariables: true }))
  try {
    const keyFile = withKey ? keyFileOf(projectDir, env) : null
    const store = hasProjectStore(projectDir, env) ? await openProjectStore(projectDir, env) : null
    try {
      if (store !== null) {
        const { Gate } = await import('../control/gate.ts')
        const gate = new Gate(store.activity, () => new Date())
        await gate.pass({ kind: 'cli', id: 'cli' }, 'server:maintain', 'server', { call: 'backup', with_key: withKey })
      }
      const source = { projectDir, env, app, store, keyFile, version: version(), now: () => new Date() }
      return await backUp(source, dir)
    } finally {
      await store?.close()
    }
  } finally {
    await app.close()
  }
}

/** Restores a backup into the project folder, which must be new or empty. */
export async function restoreCommand(context: Context, dir: string): Promise<number> {
  const { projectDir, stdout, env, isJson, cwd } = context
  const [{ restoreBackup }, { openProjectStore }] = await Promise.all([
    import('../control/backup.ts'),
    import('../control/project-store.ts'),
  ])
  const manifest = await restoreBackup(resolve(cwd, dir), projectDir, (into) => openProjectStore(into, env))
  if (isJson) {
    await stdout.json({ dir: projectDir, ...manifest })
    return 0
  }
  const style = stdout.style(env)
  const madeAt = manifest.made_at.replace('T', ' ').replace(/\..*$/, '')
  await stdout.lines([
    `${paint(style, 'green', '✓')} The backup of ${madeAt} UTC is restored in ${visible(projectDir)}: ${sizeOf(manifest)}`,
    ...(manifest.with_key ? [] : labelled(style, 'note', 'Put the key of the secrets back before the server starts.')),
    ...labelled(style, 'note', 'Put the files of the tables and .env back, then look with `deskside doctor`.'),
    ...labelled(style, 'note', 'What was sent after the backup is not known here; `deskside drift` finds it.'),
  ])
  return 0
}

function sizeOf({ files }: Manifest): string {
  return `${counted(files.length, 'file')}, ${bytes(files.reduce((sum, file) => sum + file.bytes, 0))}.`
}
