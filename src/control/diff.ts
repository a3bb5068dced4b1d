import { createTwoFilesPatch } from 'diff'
import { stringify } from 'yaml'
import type { Definition } from '../store/store.ts'

interface Version {
  version: number
  body: Definition['body']
}

/** What differs between two versions, as a unified diff of their YAML; empty: nothing does. */
export function diffOf(before: Version, after: Version): string {
  const [one, other] = [before, after].map(({ body }) => stringify(body, { lineWidth: 0 })) as [string, string]
  if (one === other) return ''
  return createTwoFilesPatch(`version ${before.version}`, `version ${after.version}`, one, other)
}
