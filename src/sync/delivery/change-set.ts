/** A set of change numbers at one bit each, so that ten million changes cost about a megabyte. */
export class ChangeSet {
  readonly #bits: Uint8Array

  /** For changes 1 to `size`; others are never members. */
  constructor(size: number) {
    this.#bits = new Uint8Array((size >> 3) + 1)
  }

  add(change: number): void {
    const index = change >> 3
    this.#bits[index] = (this.#bits[index] ?? 0) | (1 << (change & 7))
  }

  has(change: number): boolean {
    return ((this.#bits[change >> 3] ?? 0) & (1 << (change & 7))) !== 0
  }
}
