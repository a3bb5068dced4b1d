import { expect, test } from 'vitest'
import { UnderWay } from './under-way.ts'

test('the end waits for what requests have begun, whether that succeeds or not', async () => {
  const underWay = new UnderWay()
  const done: string[] = []
  const [slow, failing] = [Promise.withResolvers<string>(), Promise.withResolvers<never>()]
  const first = underWay.run(() => slow.promise).then((value) => done.push(value))
  const second = underWay.run(() => failing.promise).catch((error: Error) => done.push(error.message))
  const rest = underWay.rest(60_000).then(() => done.push('rest'))
  failing.reject(new Error('failed'))
  await second
  slow.resolve('slow')
  await Promise.all([first, rest])
  expect(done).toEqual(['failed', 'slow', 'rest'])
})

test('the end waits for nothing where nothing is under way', async () => {
  await new UnderWay().rest(60_000)
})
