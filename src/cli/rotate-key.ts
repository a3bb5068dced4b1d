import type { KeyRotation } from '../access/secret-box.ts'
import { type Context, serverOf } from './context.ts'
import { counted, labelled, paint } from './text.ts'

/** Puts the secrets under a new key; where a server runs, it does so, because it has the keys in its memory. */
export async function rotateKeyCommand(context: Context): Promise<number> {
  const { stdout, env, isJson } = context
  const { keyId, resealed, afterwards } = await rotate(context)
  if (isJson) {
    await stdout.json({ key_id: keyId, resealed, afterwards })
    return 0
  }
  const style = stdout.style(env)
  await stdout.lines([
    `${paint(style, 'green', '✓')} ${counted(resealed, 'secret')} encrypted anew, with the key ${keyId}.`,
    ...(afterwards === null ? [] : labelled(style, 'do this', afterwards)),
  ])
  return 0
}

async function rotate({ projectDir, env }: Context): Promise<KeyRotation> {
  const server = await serverOf(projectDir)
  if (server !== null) {
    const { ServerClient } = await import('./server-client.ts')
    const client = new ServerClient(server)
    try {
      return await client.result<KeyRotation>('rotateKey', [])
    } finally {
      await client.close()
    }
  }
  const [{ Gate }, { openOwned }] = await Promise.all([
    import('../control/gate.ts'),
    import('../control/project-store.ts'),
  ])
  const { store, box, close } = await openOwned(projectDir, env)
  try {
    const gate = new Gate(store.activity, () => new Date())
    await gate.pass({ kind: 'cli', id: 'cli' }, 'server:maintain', 'server', { call: 'rotateKey' })
    return await box.rotateKey()
  } finally {
    await close()
  }
}
