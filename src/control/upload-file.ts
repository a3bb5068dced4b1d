import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Problem } from '../problem.ts'
import { refused } from './upload-header.ts'

/** Bytes of a file as they come, and how many its sender has announced. */
export interface Content {
  bytes: AsyncIterable<Uint8Array>
  /** Null: not said. */
  length: number | null
}

/** What has arrived. */
export interface Received {
  bytes: number
  sha256: string
}

/**
 * Writes what comes to a new file that only its owner reads, and makes sure that it is on the disk. Throws `upload.too_large`, and
 * `upload.refused` for what is empty, not UTF-8 or holds NUL, as soon as that is seen; nothing of the file is left then.
 */
export async function receive({ bytes, length }: Content, path: string, mostBytes: number): Promise<Received> {
  if (length !== null && length > mostBytes) throw tooLarge(mostBytes)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const handle = await open(path, 'wx', 0o600)
  try {
    const received = await written(bytes, handle, mostBytes)
    await handle.sync()
    await handle.close()
    return received
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(path, { force: true })
    throw error
  }
}

async function written(bytes: AsyncIterable<Uint8Array>, handle: FileHandle, mostBytes: number): Promise<Received> {
  const hash = createHash('sha256')
  const check = new TextCheck()
  let count = 0
  try {
    for await (const chunk of bytes) {
      count += chunk.length
      if (count > mostBytes) throw tooLarge(mostBytes)
      check.see(chunk)
      hash.update(chunk)
      await handle.appendFile(chunk)
    }
  } catch (error) {
    throw isCutOff(error) ? cutOff(error) : error
  }
  if (count === 0) throw refused(null, 'is empty: not even a header is there')
  check.end()
  return { bytes: count, sha256: hash.digest('hex') }
}

/** Text is UTF-8 without NUL, which neither SQL nor PostgreSQL can hold. */
class TextCheck {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #line = 1

  see(chunk: Uint8Array): void {
    try {
      this.#decoder.decode(chunk, { stream: true })
    } catch {
      throw notUtf8(this.#line + linesBeforeMistake(chunk))
    }
    const zero = chunk.indexOf(0)
    if (zero >= 0) throw refused(this.#line + lineFeeds(chunk.subarray(0, zero)), 'holds a NUL byte')
    this.#line += lineFeeds(chunk)
  }

  /** The last character must be whole. */
  end(): void {
    try {
      this.#decoder.decode()
    } catch {
      throw notUtf8(this.#line)
    }
  }
}

function notUtf8(line: number): Problem {
  return refused(line, 'is not UTF-8 text; save the file as "CSV UTF-8"')
}

function lineFeeds(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1
  return count
}

/** A character may have begun in the chunk before, and may end in the next: the first and the last line are wrong when no other is. */
function linesBeforeMistake(chunk: Uint8Array): number {
  let begin = 0
  // Rest of a character that began before.
  while (begin < 3 && ((chunk[begin] ?? 0) & 0xc0) === 0x80) begin += 1
  for (let line = 0; ; line += 1) {
    const end = chunk.indexOf(10, begin)
    if (end < 0) return begin === 0 || !isUtf8(chunk.subarray(begin)) ? line : 0
    if (!isUtf8(chunk.subarray(begin, end))) return line
    begin = end + 1
  }
}

function tooLarge(mostBytes: number): Problem {
  const most = `${mostBytes / 1024 / 1024} MiB`
  return new Problem('upload.too_large', {
    message: `The file is larger than ${most}.`,
    data: { most_bytes: mostBytes },
  })
}

/** Whoever sent it has gone. */
function isCutOff(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR'
}

function cutOff(cause: unknown): Problem {
  return new Problem('upload.refused', {
    message: 'The file did not arrive whole: the connection ended before it.',
    cause,
  })
}
