import { createInterface } from 'node:readline'
import type { Context } from './context.ts'

/** Where the answer to a question comes from. */
export type Input = NodeJS.ReadableStream & { isTTY?: boolean }

/** Is there somebody who reads the question and can answer it? */
export function canAsk(context: Context, input: Input): boolean {
  return !context.isJson && input.isTTY === true && context.stderr.stream.isTTY === true
}

/** Asks on stderr; only a typed yes is one. */
export async function isAgreed(context: Context, question: string, input: Input): Promise<boolean> {
  await context.stderr.write(`\n${question} (y/N) `)
  const answer = await oneLineOf(input)
  if (answer === null) await context.stderr.write('\n')
  return /^\s*y(?:es)?\s*$/i.test(answer ?? '')
}

/** Null when the input ends first. The terminal keeps its own line editing, so that Ctrl-C ends the process as everywhere. */
function oneLineOf(input: Input): Promise<string | null> {
  const lines = createInterface({ input, terminal: false })
  return new Promise((resolve) => {
    lines.once('line', (line) => {
      resolve(line)
      lines.close()
    })
    lines.once('close', () => resolve(null))
  })
}
