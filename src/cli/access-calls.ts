import { z } from 'zod'
import type { HandOvers, Users } from '../control/control.ts'
import { readArgs, type ServerCalls } from '../server/cli-door.ts'
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

export type UserOnWire = z.output<typeof user>
export type LinkOnWire = z.output<typeof link>
export type HandOverOnWire = z.output<typeof handOver>

const id = z.string().max(320)
const updateArgs = z.tuple([id, changedUser, z.int().min(1)])

/** `usersList`, `usersInvite`, `usersUpdate`, `usersLink`. */
export function userCalls(users: Users): ServerCalls {
  return {
    usersList: async (_args, _signal, actor) => (await users.list(actor)).map(userWire),
    async usersInvite(args, _signal, actor) {
      const made = await users.invite(actor, readArgs(z.tuple([newUser]), args)[0])
      return { user: userWire(made.user), link: linkWire(made.link) }
    },
    async usersUpdate(args, _signal, actor) {
      const [id, change, ifVersion] = readArgs(updateArgs, args)
      return userWire(await users.update(actor, id, { ...change, ifVersion }))
    },
    usersLink: async (args, _signal, actor) => linkWire(await users.link(actor, readArgs(z.tuple([id]), args)[0])),
  }
}

/** `handOversList`, `handOversCreate`, `handOversRevoke`. */
export function handOverCalls(handOvers: Pick<HandOvers, 'create' | 'list' | 'revoke'>): ServerCalls {
  return {
    handOversList: async (_args, _signal, actor) => (await handOvers.list(actor)).map(handOverWire),
    async handOversCreate(args, _signal, actor) {
      const { handOver, token } = await handOvers.create(actor, readArgs(z.tuple([newHandOver]), args)[0])
      return { hand_over: handOverWire(handOver), path: `/hand-over#${token}` }
    },
    async handOversRevoke(args, _signal, actor) {
      await handOvers.revoke(actor, readArgs(z.tuple([id]), args)[0])
      return null
    },
  }
}
