import { inspect } from 'node:util'

/**
 * A value that must never be shown: it prints as `[secret]` wherever it is formatted, serialised or inspected, and gives its text
 * only to {@link Secret.reveal}, which only the code that signs requests calls.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
