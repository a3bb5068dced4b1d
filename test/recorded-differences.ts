import type { Answer } from './account-client.ts'
import type { Recording } from './recorded-answers.ts'
import { misfits } from './shape.ts'

/** How an answer differs from what was recorded: status, headers, and the body's keys, their order, types and fixed words. */
export function differencesFrom({ status, headers = {}, body, text }: Recording, answer: Answer): string[] {
  const found: string[] = []
  if (answer.status !== status) found.push(`the status is ${answer.status}, not ${status}`)
  for (const [name, pattern] of Object.entries(headers)) {
    const value = answer.headers.get(name)
    if (value === null) found.push(`there is no header ${name}`)
    else if (!pattern.test(value)) found.push(`the header ${name} is not like ${pattern}`)
  }
  if (text && !text.test(answer.text)) found.push(`the text is not like ${text}`)
  // Of another status the body says nothing.
  if (body !== undefined && answer.status === status) found.push(...misfits(body, answer.json))
  return found
}
