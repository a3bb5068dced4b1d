import { it, expect } from 'vitest'
import { openBench } from '../project-bench.ts'
import { people } from '../sample-people.ts'
import { startCli, struckAt, summaryOf } from '../cli-child.ts'
it('x', async () => {
  const bench = await openBench()
  await bench.write(people(300))
  const before = process.resourceUsage()
  let t = performance.now()
  const end = await startCli(bench, ['run', 'people'], struckAt({ moment: 'journal.posting.written', nth: 2, signal: 'SIGKILL' })).ended
  console.log(performance.now() - t, end)
  t = performance.now()
  const end2 = await startCli(bench, ['run', 'people']).ended
  console.log(performance.now() - t, end2.events.filter(e => e.type!== 'progress'), end2.stderr)
  t = performance.now()
  const end3 = await startCli(bench, ['run', 'people']).ended
  console.log(performance.now() - t)
  await bench.close()
}, 60000)
