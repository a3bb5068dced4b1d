import { z } from 'zod'
import type { HandOvers, Users } from '../control/control.ts'
import { type Json, Problem } from '../problem.ts'
import type { ServerCalls } from '../server/cli-door.ts'
import {
  changedUser,
  type handOver,
  handOverWire,
  type link,
  linkWire,
  newHandOver,
  newUser,
  type user,
  userWire,
} from '../server/wire-access.ts'

/**
 * Users and hand-overs for commands on this machine, in the words of the API. A command beside a server calls them through its door, and one
 * without a server on the store itself: the same either way.
 */

const cli = { kind: 'cli', id: 'cli' } as const

export type UserOnWire = z.output<typeof user>
export type LinkOnWire = z.output<typeof link>
export type HandOverOnWire = z.output<typeof handOver>

const id = z.string().max(320)
const updateArgs = z.tuple([id, changedUser, z.int().min(1)])

/** `usersList`, `usersInvite`, `usersUpdate`, `usersLink`. */
export function userCalls(users: Users): ServerCalls {
  return {
    usersList: async () => (await users.list(cli)).map(userWire),
    async usersInvite(args) {
      const made = await users.invite(cli, readArgs(z.tuple([newUser]), args)[0])
      return { user: userWire(made.user), link: linkWire(made.link) }
    },
    async usersUpdate(args) {
      const [id, change, ifVersion] = readArgs(updateArgs, args)
      return userWire(await users.update(cli, id, { ...change, ifVersion }))
    },
    usersLink: async (args) => linkWire(await users.link(cli, readArgs(z.tuple([id]), args)[0])),
  }
}

/** `handOversList`, `handOversCreate`, `handOversRevoke`. */
export function handOverCalls(handOvers: Pick<HandOvers, 'create' | 'list' | 'revoke'>): ServerCalls {
  return {
    handOversList: async () => (await handOvers.list(cli)).map(handOverWire),
    async handOversCreate(args) {
      const { handOver, token } = await handOvers.create(cli, readArgs(z.tuple([newHandOver]), args)[0])
      return { hand_over: handOverWire(handOver), path: `/hand-over#${token}` }
    },
    async handOversRevoke(args) {
      await handOvers.revoke(cli, readArgs(z.tuple([id]), args)[0])
      return null
    },
  }
}

/** Throws `api.invalid`. */
export function readArgs<S extends z.ZodType>(schema: S, args: readonly Json[]): z.output<S> {
  const parsed = schema.safeParse(args)
  if (parsed.success) return parsed.data
  throw new Problem('api.invalid', { message: z.prettifyError(parsed.error) })
}
