/** A refusal of the server, as a thing to be shown. */
export class Refusal extends Error {
  /** @param {{code: string, detail: string, fix: string}} problem application/problem+json, or what stands for it. */
  constructor(problem) {
    super(problem.detail)
    this.problem = problem
  }
}

const unreachable = {
  code: 'network',
  detail: 'The server could not be reached.',
  fix: 'Look at your connection, then try again. What you entered is still here.',
}

/** Sends JSON; the answer, or null where there is none. Throws a Refusal. */
export async function ask(path, body) {
  let answer
  let text
  try {
    answer = await fetch(`api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
    })
    text = await answer.text()
  } catch {
    throw new Refusal(unreachable)
  }
  if (answer.ok) return text === '' ? null : JSON.parse(text)
  throw new Refusal(problemOf(text))
}

/** A proxy in between may answer with something else. */
function problemOf(text) {
  try {
    const problem = JSON.parse(text)
    return typeof problem.detail === 'string' ? problem : unreachable
  } catch {
    return unreachable
  }
}

/**
 * Which field each mistake of a refusal is about; null: about none.
 * @returns {{field: string | null, message: string}[]}
 */
export function mistakesOf({ mistakes = [], problems = [], errors = [] }) {
  return [
    ...mistakes,
    ...problems.map(({ path, message }) => ({ field: path, message })),
    ...errors.map(({ pointer, message }) => ({ field: pointer.split('/').at(-1), message })),
  ].map(({ field, message }) => ({ field: field || null, message: sentence(message) }))
}

function sentence(message) {
  const text = /^(is|has|must) /.test(message) ? `This ${message}` : message
  return /[.?!]$/.test(text) ? text : `${text}.`
}
