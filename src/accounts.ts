import { defined } from './defined.ts'
import type { Connection, ConnectOptions } from './destination/destination.ts'
import type { Limiters } from './destination/zendesk/limits.ts'
import type { OriginEnvironment } from './destination/zendesk/origin.ts'
import type { ZendeskSettings } from './destination/zendesk/settings.ts'
import { loopbackRule, type Project } from './project/project.ts'
import type { Place } from './sync/find-people.ts'

/** The accounts of a project's destinations. */
export class Accounts {
  readonly #project: () => Project
  /** Says where requests may go. */
  readonly #env: OriginEnvironment
  /** What is known of each account's limits, kept from one connection to the next. */
  readonly #limiters: Limiters = new Map()

  constructor(project: () => Project, env: OriginEnvironment) {
    this.#project = project
    this.#env = env
  }

  /** A connection for as long as `use` takes; with other settings than those of the destination where they are given. */
  async connected<T>(
    destination: string,
    options: ConnectOptions,
    use: (connection: Connection) => Promise<T>,
    settings?: ZendeskSettings,
  ): Promise<T> {
    const connection = await this.connect(destination, options, settings)
    try {
      return await use(connection)
    } finally {
      await connection.close()
    }
  }

  /** Whoever asks closes it. Throws `config.unknown_object`. */
  async connect(
    destination: string,
    options: ConnectOptions,
    settings = this.settingsOf(destination),
  ): Promise<Connection> {
    const project = this.#project()
    const loopback = loopbackRule(project, destination)
    const credential = defined(project.credentials, 'credential', settings.credential)
    const { connectZendesk } = await import('./destination/zendesk/index.ts')
    return connectZendesk(settings, credential, { ...options, env: this.#env, loopback, limiters: this.#limiters })
  }

  /** Where destinations lead; nothing is asked. Throws `config.unknown_object`, `zendesk.base_url_refused`. */
  async places(destinations: readonly string[]): Promise<Place[]> {
    const project = this.#project()
    const orchestrations = [...project.orchestrations.values()]
    const { accountOrigin } = await import('./destination/zendesk/origin.ts')
    return destinations.map((destination) => ({
      destination,
      origin: accountOrigin(this.settingsOf(destination), this.#env, loopbackRule(project, destination)),
      orchestrations: orchestrations.filter((one) => one.destination === destination).map(({ key }) => key),
    }))
  }

  /** Throws `config.unknown_object`. */
  settingsOf(destination: string): ZendeskSettings {
    return defined(this.#project().destinations, 'destination', destination)
  }
}

/** Options of a connection of whoever may want to hear why it waits. */
export function waitOptions({ onWait }: Pick<ConnectOptions, 'onWait'>): ConnectOptions {
  return onWait === undefined ? {} : { onWait }
}
