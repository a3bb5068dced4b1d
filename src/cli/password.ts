import { Problem } from '../problem.ts'
import type { Context } from './context.ts'
import type { Input } from './question.ts'

/** A terminal that can be told not to show what is typed. */
type Terminal = Input & { setRawMode?: (isRaw: boolean) => unknown }

/** Longer than any password, so that a file given by mistake is not read whole. */
const mostBytes = 10_000

/** The first line of what comes in. Throws `usage.invalid` when there is none. */
export async function passwordOf(input: Input): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of input) {
    pieces.push(Buffer.from(piece))
    bytes += pieces.at(-1)?.length ?? 0
    if (pieces.at(-1)?.includes(10) || bytes > mostBytes) break
  }
  const [line = ''] = Buffer.concat(pieces).toString('utf8').split(/\r?\n/)
  if (line === '') throw new Problem('usage.invalid', { message: 'Standard input holds no password.' })
  return line
}

/** Asks twice in the terminal, which shows nothing of it. Throws `usage.invalid` without a terminal, or when the two differ. */
export async function askPassword(context: Context, input: Terminal): Promise<string> {
  if (input.isTTY !== true || input.setRawMode === undefined) {
    throw new Problem('usage.invalid', {
      message: 'There is no terminal to ask for the password in.',
      fix: 'Give it on standard input, with --password-stdin.',
    })
  }
  const first = await askOnce(context, 'New password: ', input)
  const second = await askOnce(context, 'The same again: ', input)
  if (first === second) return first
  throw new Problem('usage.invalid', { message: 'The two passwords differ.', fix: 'Run the same command again.' })
}

async function askOnce({ stderr }: Context, question: string, input: Terminal): Promise<string> {
  await stderr.write(question)
  input.setRawMode?.(true)
  try {
    return await typed(input)
  } finally {
    input.setRawMode?.(false)
    input.pause()
    await stderr.write('\n')
  }
}

/** What is typed until Enter. In raw mode the keys that edit and end arrive as characters. */
function typed(input: Terminal): Promise<string> {
  const decoder = new TextDecoder()
  let text: string[] = []
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      input.off('data', onData)
      input.off('end', onEnd)
      settle()
    }
    const stopped = () => new Problem('usage.invalid', { message: 'No password was given. Nothing was changed.' })
    const onEnd = () => end(() => reject(stopped()))
    const onData = (piece: Buffer | string) => {
      for (const character of typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true })) {
        if (character === '\r' || character === '\n') return end(() => resolve(text.join('')))
        if (character === '\u0003' || character === '\u0004') return end(() => reject(stopped()))
        if (character === '\u007f' || character === '\b') text.pop()
        else if (character === '\u0015') text = []
        else text.push(character)
      }
    }
    input.on('data', onData)
    input.on('end', onEnd)
    input.resume()
  })
}
