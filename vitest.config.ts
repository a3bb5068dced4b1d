import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts'],
    // Processes, not threads: tests start and kill children of their own, and a native crash must name its file.
    pool: 'forks',
    // Tests wait for events, never for the clock; these bounds only end a hang on a busy two-core machine.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
})
