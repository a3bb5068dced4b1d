/** Plans everything, then reads every row and every change of the plan: `node test/memory-child.ts DIR`. Prints what it has seen. */
import { openApp } from '../src/app.ts'
import { loadProject } from '../src/project/load.ts'

const app = await openApp(await loadProject(process.argv[2] ?? '.', process.env))
const { plan_id, rows, people } = await app.plan('people', { sample: null, full: false, live: false })
const seen = { total: rows.total, rejected: rows.rejected, create: people.create, records: 0, changes: 0 }
for await (const _ of app.records(plan_id, { outcome: null, warnings: false })) seen.records++
for await (const _ of app.changes(plan_id)) seen.changes++
await app.close()
process.stdout.write(JSON.stringify(seen))
