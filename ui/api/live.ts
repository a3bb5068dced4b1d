import { type Answer, ApiProblem, answered, headersOf, type Input, methodOf, pathOf, unreachable } from './call.ts'
import type { TestLine } from './operations.ts'

type LiveName = 'POST /credentials/{key}/test' | 'POST /destinations/{key}/test'

/** What is heard before the end. */
export type ToldLine = Exclude<TestLine, { answer: unknown } | { problem: unknown }>

/** Asks as `call` does, and hears how far it is. Rejects as `call` does, also when the answer breaks off. */
export async function callLive<K extends LiveName>(
  operation: K,
  { signal, ...input }: Input<K> & { signal: AbortSignal },
  onLine: (line: ToldLine) => void,
): Promise<Answer<K>> {
  const retold = (make: (cause: unknown) => ApiProblem) => (error: unknown) => {
    throw signal.aborted ? signal.reason : make(error)
  }
  const answer = await fetch(pathOf(operation, input), {
    method: methodOf(operation),
    headers: { ...headersOf(operation, input), accept: 'application/x-ndjson' },
    signal,
  }).catch(retold(unreachable))
  if (!answer.ok || answer.body === null) return answered<K>(answer.status, await answer.text())
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read().catch(retold(cutOff))
    if (done) throw cutOff(null)
    const lines = `${rest}${value}`.split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) {
      const line = parsed(text)
      if ('answer' in line) return line.answer as Answer<K>
      if ('problem' in line) throw new ApiProblem(line.problem)
      onLine(line)
    }
  }
}

function parsed(text: string): TestLine {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw cutOff(error)
  }
}

/** The answer has begun and has no end. */
function cutOff(cause: unknown): ApiProblem {
  const error = new ApiProblem({
    type: 'urn:deskside:problem:ui.cut_off',
    title: 'Cut off',
    status: 0,
    detail: 'The connection to the server broke before the test ended.',
    code: 'ui.cut_off',
    fix: 'Check the connection, and that Deskside runs; then test again. A test changes nothing in the account.',
    who: 'you',
    request_id: '',
  })
  error.cause = cause
  return error
}
