import type { Writable } from 'node:stream'
import type { Style } from './text.ts'

/** What is needed of `process.stdout` and `process.stderr`; tests give any Writable. */
export type Stream = Writable & { isTTY?: boolean; columns?: number }

/**
 * One stream that respects back-pressure and survives its reader's end: after `head` has closed the pipe, writes do nothing and
 * {@link Output.isClosed} says so, because a closed pipe must neither fail a delivery nor print a stack.
 */
export class Output {
  readonly stream: Stream
  isClosed = false
  /** Something has been written: a problem can no longer be the one document of this stream. */
  isTouched = false

  constructor(stream: Stream) {
    this.stream = stream
    stream.on('error', () => {
      this.isClosed = true
    })
  }

  /** Resolves when the stream takes more. */
  async write(text: string): Promise<void> {
    if (this.isClosed || text === '') return
    this.isTouched = true
    if (this.stream.write(text) || this.isClosed) return
    await new Promise<void>((resolve) => {
      const settle = () => {
        for (const event of ['drain', 'error', 'close']) this.stream.off(event, settle)
        resolve()
      }
      for (const event of ['drain', 'error', 'close']) this.stream.on(event, settle)
    })
  }

  async lines(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.write(`${lines.join('\n')}\n`)
  }

  /** One JSON document on one line. */
  async json(document: unknown): Promise<void> {
    await this.write(`${JSON.stringify(document)}\n`)
  }

  /** Writes pieces as they come and stops asking for them when the reader has gone. */
  async pump(pieces: AsyncIterable<string>): Promise<void> {
    for await (const piece of pieces) {
      await this.write(piece)
      if (this.isClosed) return
    }
  }

  /** Resolves when everything written so far has left the process. */
  async flush(): Promise<void> {
    if (this.isClosed) return
    await new Promise<void>((resolve) => this.stream.write('', () => resolve()))
  }

  /** Width and colours now; both may change while a command runs. */
  style(env: Record<string, string | undefined>): Style {
    return { columns: this.columns(env), color: this.takesColor(env) }
  }

  isLive(env: Record<string, string | undefined>): boolean {
    return this.stream.isTTY === true && env.TERM !== 'dumb'
  }

  private columns(env: Record<string, string | undefined>): number {
    if (this.stream.isTTY !== true) return Infinity
    const columns = this.stream.columns || Number(env.COLUMNS) || 80
    return Math.max(40, columns)
  }

  /** NO_COLOR (no-color.org) wins over FORCE_COLOR, which wins over what the stream is. */
  private takesColor(env: Record<string, string | undefined>): boolean {
    if (env.NO_COLOR) return false
    if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0'
    return this.stream.isTTY === true && env.TERM !== 'dumb'
  }
}
