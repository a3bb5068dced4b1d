import { parseArgs } from 'node:util'
import { rowsOf, type Scale } from './case.ts'
import { planCase } from './cases/plan.ts'

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '1M' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
})
if (!(values.scale in rowsOf)) throw new Error('--scale')
const figures = await planCase.run({
  scale: values.scale as Scale,
  runs: Number(values.runs),
  say: (text) => process.stderr.write(`${text}\n`),
})
for (const f of figures) console.log(f.key, Number(f.value.toPrecision(4)), f.target ? JSON.stringify(f.target) : '')
