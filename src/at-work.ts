/** Work that goes on, so that what it reads can be removed when it is through. */
export class AtWork {
  readonly #running = new Set<Promise<unknown>>()

  async run<T>(work: () => Promise<T>): Promise<T> {
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }

  /** Resolves when everything that is at work now has ended, well or not; never rejects. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running)
  }
}
