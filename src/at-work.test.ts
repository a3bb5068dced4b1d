import { expect, test } from 'vitest'
import { AtWork } from './at-work.ts'

test('the end waits for everything that is at work, whether that succeeds or not', async () => {
  const atWork = new AtWork()
  const done: string[] = []
  const [slow, failing] = [Promise.withResolvers<string>(), Promise.withResolvers<never>()]
  const first = atWork.run(() => slow.promise).then((value) => done.push(value))
  const second = atWork.run(() => failing.promise).catch((error: Error) => done.push(error.message))
  const ended = atWork.ended().then(() => done.push('ended'))
  failing.reject(new Error('failed'))
  await second
  slow.resolve('slow')
  await Promise.all([first, ended])
  expect(done).toEqual(['failed', 'slow', 'ended'])
})
