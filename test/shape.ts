/** The shape of a recorded body: its keys, their order and types, and the values that never vary. */
import type { Json } from './account-client.ts'

/** A name of a type (`string|null`), an exact value, a pattern of a string, a list of one shape, or the keys of an object. */
export type Shape = string | RegExp | { is: unknown } | [Shape] | ObjectShape

/** Keys in the order of the recording. `key?` may be missing. */
export interface ObjectShape {
  [key: string]: Shape
}

const typeOf = (value: Json): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

/** What does not fit, each with its path; empty when all of it does. */
export function misfits(shape: Shape, value: Json, path = ''): string[] {
  const at = path === '' ? 'the body' : path
  if (typeof shape === 'string') {
    return shape.split('|').includes(typeOf(value)) ? [] : [`${at} is ${typeOf(value)}, not ${shape}`]
  }
  if (shape instanceof RegExp) {
    const fits = typeof value === 'string' && shape.test(value)
    return fits ? [] : [`${at} is ${JSON.stringify(value)}, not like ${shape}`]
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value) || value.length === 0) return [`${at} is no list with anything in it`]
    return [...new Set(value.flatMap((one) => misfits(shape[0], one, `${path}[]`)))]
  }
  if ('is' in shape) {
    const fits = JSON.stringify(value) === JSON.stringify(shape.is)
    return fits ? [] : [`${at} is ${JSON.stringify(value)}, not ${JSON.stringify(shape.is)}`]
  }
  if (typeOf(value) !== 'object') return [`${at} is ${typeOf(value)}, not object`]
  return objectMisfits(shape as ObjectShape, value, path, at)
}

function objectMisfits(shape: ObjectShape, value: Json, path: string, at: string): string[] {
  const shapes = new Map(Object.entries(shape).map(([key, one]) => [key.replace(/\?$/, ''), one]))
  const expected = Object.keys(shape)
    .map((key) => key.replace(/\?$/, ''))
    .filter((key) => key in value || !(`${key}?` in shape))
  const keys = Object.keys(value)
  const found = [
    ...expected.filter((key) => !keys.includes(key)).map((key) => `${at} lacks ${key}`),
    ...keys.filter((key) => !shapes.has(key)).map((key) => `${at} has ${key}, which was not recorded`),
  ]
  if (found.length === 0 && keys.join() !== expected.join())
    found.push(`${at} has its keys in the order ${keys.join()}`)
  for (const [key, one] of shapes) {
    if (key in value) found.push(...misfits(one, value[key], path === '' ? key : `${path}.${key}`))
  }
  return found
}
