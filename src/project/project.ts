import type { LoopbackRule } from '../destination/zendesk/origin.ts'
import type { ZendeskCredential, ZendeskSettings } from '../destination/zendesk/settings.ts'
import type { Limits, Table } from '../engine/engine.ts'

/** A checked `deskside.yml` with its SQL files read and its variables expanded. */
export interface Project {
  /** Absolute folder of deskside.yml. */
  dir: string
  name: string
  /** IANA zone of every session, `UTC` unless `time_zone` says otherwise. */
  timeZone: string
  tables: Table[]
  /** What deskside.yml says of columns of its tables: `true`, personal. By table; tables of which it says nothing are not in it. */
  pii: Map<string, Readonly<Record<string, boolean>>>
  limits: Limits
  credentials: Map<string, ZendeskCredential>
  destinations: Map<string, ZendeskSettings>
  /** Keys of the destinations that were made through a server, by whoever had the right; the others are of the owner of the machine. */
  madeInServer: ReadonlySet<string>
  queries: Map<string, Query>
  orchestrations: Map<string, Orchestration>
}

/** Where a destination of the project may lead without a word of the owner of the machine. */
export function loopbackRule({ madeInServer }: Project, destination: string): LoopbackRule {
  return madeInServer.has(destination) ? 'listed' : 'free'
}

export interface Query {
  key: string
  name: string
  /** Relative to the project. */
  file: string
  sql: string
}

export interface Orchestration {
  key: string
  name: string
  /** Key of a query. */
  query: string
  /** Key of a destination. */
  destination: string
}
