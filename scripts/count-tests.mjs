// Reads vitest's JSON report for .ci/run: `<passed> <failed> <skipped>` on the first line, then a line for each skipped test.
// A test file that could not be loaded has no tests of its own and counts as one failure.

import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

const { testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const counts = { passed: 0, failed: 0, skipped: 0 }
const skipped = []
for (const { name, status, assertionResults } of testResults) {
  for (const test of assertionResults) {
    const outcome = test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped'
    counts[outcome] += 1
    if (outcome === 'skipped') skipped.push(`skipped: ${relative('.', name)}: ${test.fullName}`)
  }
  if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) counts.failed += 1
}
process.stdout.write([`${counts.passed} ${counts.failed} ${counts.skipped}`, ...skipped, ''].join('\n'))
