import { Problem } from '../problem.ts'
import { RequestProblem } from './problem-reply.ts'

/** The type of the answer that `Accept` likes best, the first of `types` where it does not care; null: it allows none of them. */
export function preferred<T extends string>(header: string | undefined, types: readonly T[]): T | null {
  const ranges = (header ?? '*/*').split(',').map((range) => {
    const [name = '', ...parameters] = range.split(';').map((one) => one.trim().toLowerCase())
    const quality = parameters.find((one) => one.startsWith('q='))?.slice(2)
    return { name, quality: quality === undefined ? 1 : Number(quality) || 0 }
  })
  const qualityOf = (type: string) => {
    const family = `${type.slice(0, type.indexOf('/'))}/*`
    // The most exact range says it.
    const range = [type, family, '*/*']
      .map((name) => ranges.find((one) => one.name === name))
      .find((one) => one !== undefined)
    return range?.quality ?? 0
  }
  const best = types.map((type) => ({ type, quality: qualityOf(type) })).sort((a, b) => b.quality - a.quality)[0]
  return best !== undefined && best.quality > 0 ? best.type : null
}

/** As {@link preferred}. Throws 406 where `Accept` allows none of them. */
export function accepted<T extends string>(header: string | undefined, types: readonly T[]): T {
  const found = preferred(header, types)
  if (found !== null) return found
  const message = `The answer can be ${types.join(' or ')}, and \`Accept\` allows none of them.`
  throw new RequestProblem(406, new Problem('api.invalid', { message }))
}
