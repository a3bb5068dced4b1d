import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { backUp, keyFileOf } from '../control/backup.ts'
import { Gate } from '../control/gate.ts'
import type { Service } from '../control/service.ts'
import type { Json } from '../problem.ts'
import { readArgs as read, type ServerCalls } from '../server/cli-door.ts'
import { handOverCalls, userCalls } from './access-calls.ts'

const backupArgs = z.tuple([z.string().refine(isAbsolute), z.strictObject({ withKey: z.boolean() })])
const applyArgs = z.tuple([z.int().min(0)])

/** What commands on this machine may ask of a server beside `App`: `backup`, `rotateKey`, `applyPreview`, `apply`, users and hand-overs. */
export function serverCalls(
  service: Service,
  { projectDir, env, version }: { projectDir: string; env: NodeJS.ProcessEnv; version: string },
): ServerCalls {
  const now = () => new Date()
  const gate = new Gate(service.store.activity, now)
  return {
    backup: async (args, _signal, actor) => {
      const [dir, { withKey }] = read(backupArgs, args)
      await gate.pass(actor, 'server:maintain', 'server', { call: 'backup', with_key: withKey })
      const keyFile = withKey ? keyFileOf(projectDir, env) : null
      const { app, store } = service
      return asJson(await backUp({ projectDir, env, app, store, keyFile, version, now }, dir))
    },
    rotateKey: async (_args, _signal, actor) => {
      await gate.pass(actor, 'server:maintain', 'server', { call: 'rotateKey' })
      return asJson(await service.box.rotateKey())
    },
    applyPreview: async (_args, _signal, actor) => asJson(await service.control.applied.preview(actor)),
    apply: async (args, _signal, actor) => asJson(await service.control.applied.apply(actor, read(applyArgs, args)[0])),
    ...userCalls(service.control.users),
    ...handOverCalls(service.control.handOvers),
  }
}

/** Documents of our own hold nothing but JSON. */
function asJson(document: object): Json {
  return { ...document } as { [key: string]: Json }
}
