/** Remembers the answers that were asked for last. A failure is not remembered. */
export class Recent<T extends Promise<unknown>> {
  readonly #most: number
  readonly #known = new Map<string, T>()

  constructor(most: number) {
    this.#most = most
  }

  get(key: string, make: () => T): T {
    const known = this.#known.get(key)
    const value = known ?? make()
    // The order of the map is that of use.
    this.#known.delete(key)
    this.#known.set(key, value)
    if (known === undefined) value.catch(() => this.forget(key))
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.#most) break
      this.#known.delete(oldest)
    }
    return value
  }

  forget(key: string): void {
    this.#known.delete(key)
  }
}
