/**
 * A process for the tests of the store, which kill it. `node store-child.ts <path> write`: begins runs of a group with three workflows each,
 * without an end, and prints the id of each that the store has acknowledged. `... open`: opens the store once and closes it.
 */
import { openStore } from '../src/store/open.ts'
import { groupRun, header } from '../src/store/test-objects.ts'

const [path = '', action] = process.argv.slice(2)
const store = await openStore({ url: null, path })
if (action === 'open') await store.close()
else {
  for (let n = 0; ; n++) {
    const id = `G-${n}`
    await store.groups.begin(
      groupRun({ id }),
      ['a', 'b', 'c'].map((letter) =>
        header({ id: `W-${n}-${letter}`, groupRun: id, launched: { sql: 'x'.repeat(n) } }),
      ),
    )
    process.stdout.write(`${id}\n`)
  }
}
