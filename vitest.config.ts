import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Where `bin/deskside` keeps compiled code: without it, every process of a test compiles the whole of Deskside anew.
const cache = fileURLToPath(new URL('node_modules/.cache', import.meta.url))

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts', 'ui/**/*.test.ts'],
    globalSetup: 'test/postgres-server.ts',
    // Processes, not threads: tests start and kill children of their own, and a native crash must name its file.
    pool: 'forks',
    // Files share the modules that a process has loaded: loading them anew was a tenth of all the work. Each leaves nothing behind.
    isolate: false,
    // Tests wait for children, jobs and disks: one file more than there are cores keeps the machine busy. Two more were slower on two cores.
    maxWorkers: availableParallelism() + 1,
    // Tests wait for events, never for the clock; these bounds only end a hang on a busy two-core machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: `${cache}/deskside/code` },
    restoreMocks: true,
    unstubEnvs: true,
  },
})
