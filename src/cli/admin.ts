import { randomUUID } from 'node:crypto'
import type { Note } from '../access/authorize.ts'
import { Joining } from '../access/joining.ts'
import { SignIn } from '../access/sign-in.ts'
import { Gate } from '../control/gate.ts'
import { openProjectStore } from '../control/project-store.ts'
import { Problem } from '../problem.ts'
import { loadProject } from '../project/load.ts'
import type { Store } from '../store/store.ts'
import { type Context, serverOf } from './context.ts'
import { linkLines, linkUrl } from './link-url.ts'
import { askPassword, passwordOf } from './password.ts'
import type { Input } from './question.ts'
import { paint, visible } from './text.ts'

const now = () => new Date()

/**
 * Makes a user an administrator with a new password, and signs them out everywhere; other users stay as they are. The way back in for
 * whoever owns the machine. Goes to the store directly, also beside a running server: the password travels nowhere.
 */
export async function adminCommand(
  context: Context,
  email: string | null,
  options: { fromStdin: boolean },
  input: Input = process.stdin,
): Promise<number> {
  const { stdout, env, isJson } = context
  if (email === null) {
    throw new Problem('usage.invalid', {
      message: 'Whose password? No e-mail address was given.',
      fix: 'Run `deskside admin <e-mail>`, or `deskside admin --link` for a new set-up link.',
    })
  }
  return await withStore(context, async (open) => {
    const password = options.fromStdin ? await passwordOf(input) : await askPassword(context, input)
    const { store, gate, note } = await open()
    const id = randomUUID()
    const signIn = new SignIn({ access: store.access, now, newId: () => id, note })
    const known = await signIn.userBy(email)
    await gate.pass({ kind: 'cli', id: 'cli' }, 'server:maintain', `user/${known?.id ?? id}`, { call: 'admin' })
    const administrator = await signIn.setAdministrator(email, password)
    if (isJson) await stdout.json({ id: administrator.id, email: administrator.email })
    else {
      const done = paint(stdout.style(env), 'green', '✓')
      const text = `${visible(administrator.email)} is an administrator and signs in with the new password.`
      await stdout.lines([`${done} ${text} Earlier sessions of this user are over.`])
    }
    return 0
  })
}

/** Prints a new set-up link; the one before ends. Throws `usage.invalid` when there are users. */
export async function setupLinkCommand(context: Context, email: string | null): Promise<number> {
  const { projectDir, stdout, env, isJson } = context
  if (email !== null) {
    throw new Problem('usage.invalid', {
      message: 'A set-up link is for nobody in particular.',
      fix: 'Leave the e-mail address away; `deskside users link <e-mail>` makes a link for one user.',
    })
  }
  return await withStore(context, async (open) => {
    const server = await serverOf(projectDir)
    const { store, note } = await open()
    const signIn = new SignIn({ access: store.access, now, newId: randomUUID, note })
    const link = await new Joining({ access: store.access, signIn, now, newId: randomUUID, note }).setupLink()
    if (link === null) {
      throw new Problem('usage.invalid', {
        message: 'There are users already, so there is nothing to set up.',
        fix: 'Run `deskside users link <e-mail>` for a link for one user, or `deskside admin <e-mail>` for a new password.',
      })
    }
    const url = linkUrl(env, server?.url ?? null, `/setup#${link.token}`)
    const expiresAt = link.expiresAt.toISOString()
    const style = stdout.style(env)
    if (isJson) await stdout.json({ setup_url: url, expires_at: expiresAt })
    else {
      const text = 'Whoever opens this link becomes the first administrator. The link before is over.'
      await stdout.lines([`${paint(style, 'green', '✓')} ${text}`, ...linkLines(style, { url, expiresAt })])
    }
    return 0
  })
}

interface Open {
  store: Store
  gate: Gate
  note: Note
}

/** A store is only made where there is a project, and only when it is asked for. */
async function withStore(
  { projectDir, env }: Context,
  work: (open: () => Promise<Open>) => Promise<number>,
): Promise<number> {
  await loadProject(projectDir, env, { allowMissingVariables: true })
  let store: Store | null = null
  try {
    return await work(async () => {
      store = await openProjectStore(projectDir, env)
      const gate = new Gate(store.activity, now)
      return { store, gate, note: (attempt, detail) => gate.note(attempt, detail) }
    })
  } finally {
    await (store as Store | null)?.close()
  }
}
