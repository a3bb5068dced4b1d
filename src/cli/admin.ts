import { randomUUID } from 'node:crypto'
import type { Note } from '../access/authorize.ts'
import { SignIn } from '../access/sign-in.ts'
import { Gate } from '../control/gate.ts'
import { openProjectStore } from '../control/project-store.ts'
import { loadProject } from '../project/load.ts'
import type { Context } from './context.ts'
import { askPassword, passwordOf } from './password.ts'
import type { Input } from './question.ts'
import { paint, visible } from './text.ts'

/**
 * Makes the administrator or gives the one there is another address and password, and signs everybody out. Goes to the store directly, also
 * beside a running server: the password travels nowhere.
 */
export async function adminCommand(
  context: Context,
  email: string,
  options: { fromStdin: boolean },
  input: Input = process.stdin,
): Promise<number> {
  const { projectDir, env, stdout, isJson } = context
  // A store is only made where there is a project.
  await loadProject(projectDir, env, { allowMissingVariables: true })
  const password = options.fromStdin ? await passwordOf(input) : await askPassword(context, input)
  const store = await openProjectStore(projectDir, env)
  try {
    const gate = new Gate(store.activity, () => new Date())
    const id = randomUUID()
    const note: Note = (attempt, detail) => gate.note(attempt, detail)
    const signIn = new SignIn({ access: store.access, now: () => new Date(), newId: () => id, note })
    const known = await signIn.userBy(email)
    await gate.pass({ kind: 'cli', id: 'cli' }, 'server:maintain', `user/${known?.id ?? id}`, { call: 'admin' })
    const administrator = await signIn.setAdministrator(email, password)
    if (isJson) await stdout.json({ id: administrator.id, email: administrator.email })
    else {
      const done = paint(stdout.style(env), 'green', '✓')
      await stdout.lines([`${done} ${visible(administrator.email)} is the administrator. Earlier sessions are over.`])
    }
    return 0
  } finally {
    await store.close()
  }
}
