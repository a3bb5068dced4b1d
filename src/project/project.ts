import type { ZendeskCredential, ZendeskSettings } from '../destination/zendesk/settings.ts'
import type { Dialect, Limits, Table } from '../engine/engine.ts'

/** A checked `deskside.yml` with its SQL files read and its variables expanded. */
export interface Project {
  /** Absolute folder of deskside.yml. */
  dir: string
  name: string
  /** IANA zone of every session, `UTC` unless `time_zone` says otherwise. */
  timeZone: string
  /** Of every query and SQL table. */
  dialect: Dialect
  tables: Table[]
  /** What deskside.yml says of columns of its tables: `true`, personal. By table; tables of which it says nothing are not in it. */
  pii: Map<string, Readonly<Record<string, boolean>>>
  limits: Limits
  credentials: Map<string, ZendeskCredential>
  destinations: Map<string, ZendeskSettings>
  queries: Map<string, Query>
  orchestrations: Map<string, Orchestration>
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
