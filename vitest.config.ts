import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts'],
    globalSetup: 'test/postgres-server.ts',
    // Processes, not threads: tests start and kill children of their own, and a native crash must name its file.
    pool: 'forks',
    // Most tests wait for children, jobs and disks: a file more than there are cores keeps the machine busy.
    maxWorkers: availableParallelism() + 1,
    // Tests wait for events, never for the clock; these bounds only end a hang on a busy two-core machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
})
