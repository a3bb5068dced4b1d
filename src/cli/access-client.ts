import { randomUUID } from 'node:crypto'
import type { Json } from '../problem.ts'
import type { ServerCalls } from '../server/cli-door.ts'
import { type Context, serverOf } from './context.ts'

/** Whoever has users and hand-overs: the server that runs, or the store. */
export interface AccessClient {
  /** A call of `access-calls.ts` by its name. */
  call<T>(name: string, ...args: readonly unknown[]): Promise<T>
  /** Where the server runs; null: none does. */
  serverUrl: string | null
  close(): Promise<void>
}

type Work = (client: AccessClient) => Promise<number>

/**
 * For the users of a project. Without a server they are changed in the store itself, which several processes may: a server that starts
 * meanwhile reads them anew at each request.
 */
export async function withUsers(context: Context, work: Work): Promise<number> {
  return await withClient((await throughServer(context)) ?? (await usersInStore(context)), work)
}

/** For the hand-overs of a project. Without a server the project is held while they are looked at; throws `project.locked`. */
export async function withHandOvers(context: Context, work: Work): Promise<number> {
  return await withClient((await throughServer(context)) ?? (await handOversInStore(context)), work)
}

async function withClient(client: AccessClient, work: Work): Promise<number> {
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

async function throughServer({ projectDir }: Context): Promise<AccessClient | null> {
  const server = await serverOf(projectDir)
  if (server === null) return null
  const { ServerClient } = await import('./server-client.ts')
  const client = new ServerClient(server)
  return {
    call: (name, ...args) => client.result(name, args),
    serverUrl: server.url,
    close: () => client.close(),
  }
}

const now = () => new Date()

async function usersInStore({ projectDir, env }: Context): Promise<AccessClient> {
  const [{ loadProject }, { openProjectStore }, { Gate }, { ControlUsers }, { userCalls }] = await Promise.all([
    import('../project/load.ts'),
    import('../control/project-store.ts'),
    import('../control/gate.ts'),
    import('../control/users.ts'),
    import('./access-calls.ts'),
  ])
  // A store is only made where there is a project.
  await loadProject(projectDir, env, { allowMissingVariables: true })
  const store = await openProjectStore(projectDir, env)
  const gate = new Gate(store.activity, now)
  const users = new ControlUsers({ access: store.access, gate, now, newId: randomUUID })
  return direct(userCalls(users), () => store.close())
}

async function handOversInStore({ projectDir, env }: Context): Promise<AccessClient> {
  const [{ openOwnedHandOvers }, { handOverCalls }] = await Promise.all([
    import('../control/project-store.ts'),
    import('./access-calls.ts'),
  ])
  const { links, close } = await openOwnedHandOvers(projectDir, env)
  return direct(handOverCalls(links), close)
}

function direct(calls: ServerCalls, close: () => Promise<void>): AccessClient {
  return {
    async call<T>(name: string, ...args: readonly unknown[]) {
      return (await calls[name]!(args as readonly Json[], new AbortController().signal, {
        kind: 'cli',
        id: 'cli',
      })) as T
    },
    serverUrl: null,
    close,
  }
}
