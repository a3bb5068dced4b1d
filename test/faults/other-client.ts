/** Somebody else who works on the same account, with a credential and jobs of their own. */
import { setTimeout as wait } from 'node:timers/promises'
import { basicAuthorization, connectAccount } from '../account-client.ts'
import type { Bench } from '../project-bench.ts'

const usersOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    external_id: `theirs-${index}`,
    email: `theirs${index}@example.com`,
    name: `Their person ${index}`,
  }))

export class OtherClient {
  readonly #bench: Bench
  readonly #client: ReturnType<typeof connectAccount>
  #people: number[] = []
  #isOver = false
  /** Jobs that the account took from them, and how often it refused one. */
  taken = 0
  refused = 0

  constructor(bench: Bench) {
    const { url, email, apiToken } = bench.emulator
    this.#bench = bench
    this.#client = connectAccount(url, basicAuthorization(email, apiToken))
  }

  /** People of theirs, one for each job that they have at a time, so that their own jobs never meet. */
  static seed(bench: Bench, count: number): void {
    bench.emulator.seed({ users: usersOf(count) })
  }

  /** Keeps so many jobs in flight until `stop`; what they write is there already. */
  async work(slots: number): Promise<void> {
    this.#people = this.#bench
      .users()
      .filter((user) => user.external_id?.startsWith('theirs-'))
      .map((user) => user.id)
    await Promise.all(this.#people.slice(0, slots).map((id) => this.#slot(id)))
  }

  stop(): void {
    this.#isOver = true
  }

  async #slot(id: number): Promise<void> {
    while (!this.#isOver) {
      const answer = await this.#call('PUT', '/api/v2/users/update_many', { users: [{ id, notes: null }] })
      if (answer.status !== 200) {
        this.refused++
        await wait(100)
        continue
      }
      this.taken++
      await this.#finished(answer.json.job_status.id)
    }
  }

  /** A job with so many people in it; resolves when the account has taken it. */
  async post(count: number): Promise<string> {
    const users = usersOf(count).map((user) => ({ ...user, skip_verify_email: true }))
    return (await this.#call('POST', '/api/v2/users/create_or_update_many', { users })).json.job_status.id
  }

  async #finished(jobId: string): Promise<void> {
    while ((await this.#call('GET', `/api/v2/job_statuses/${jobId}`)).json.job_status.status !== 'completed')
      await wait(50)
  }

  async postAndWait(count: number): Promise<void> {
    await this.#finished(await this.post(count))
  }

  async #call(method: string, path: string, body?: unknown) {
    return await this.#client.call(method, path, body)
  }
}
