import type { AttributesTable } from '../audience/attributes-table.ts'
import type { Segment } from '../audience/segment.ts'
import type { VisualQuery } from '../audience/visual-query.ts'
import type { LoopbackRule } from '../destination/zendesk/origin.ts'
import type { ZendeskCredential, ZendeskSettings } from '../destination/zendesk/settings.ts'
import type { AlertBounds } from './alerts-body.ts'
import type { Database } from './databases.ts'

/** A checked `deskside.yml` with its SQL files read and its variables expanded. */
export interface Project {
  /** Absolute folder of deskside.yml. */
  dir: string
  name: string
  /** IANA zone of every session, `UTC` unless `time_zone` says otherwise. */
  timeZone: string
  /** What SQL reads; one at least. */
  databases: ReadonlyMap<string, Database>
  credentials: Map<string, ZendeskCredential>
  destinations: Map<string, ZendeskSettings>
  /** Keys of the destinations that were made through a server, by whoever had the right; the others are of the owner of the machine. */
  madeInServer: ReadonlySet<string>
  /** Of all databases, like the next ones: a key stands for one thing whatever its database. */
  queries: Map<string, Query>
  /** Queries that are made of rules; no key is one of `queries`, too. */
  visualQueries: Map<string, VisualQuery>
  attributesTables: Map<string, AttributesTable>
  segments: Map<string, Segment>
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

/** What can be sent, by the key with which an orchestration names one. */
export const sentKinds = ['query', 'segment', 'attributes_table'] as const

/** What an orchestration sends: a query, a segment or an attributes table, by its key. */
export interface Sent {
  kind: (typeof sentKinds)[number]
  key: string
}

export interface Orchestration {
  key: string
  name: string
  sends: Sent
  /** Key of a destination. */
  destination: string
  /** At how many rows it warns, or stops; null: at none. */
  alerts: AlertBounds | null
}

/** What of the settings decides what is sent: labels, and who may use the destination, do not. */
export function settingsText(settings: ZendeskSettings, { alerts }: Pick<Orchestration, 'alerts'>): string {
  const { name, description, admin_only, limited_pii, ...sending } = settings
  return JSON.stringify(sending) + (alerts === null ? '' : JSON.stringify(alerts))
}
