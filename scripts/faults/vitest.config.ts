import { defineConfig } from 'vitest/config';

// `pnpm test:faults`: every row, the quick ones of `pnpm test` too.
export default defineConfig({
  test: {
    name: 'faults',
    root: `${import.meta.dirname}/../..`,
    restoreMocks: true,
    include: ['scripts/faults/**/*.live.test.ts', 'scripts/{faults,soak}/**/*.faults.test.ts'],
    setupFiles: ['scripts/test/silence.ts'],
    // Ports, app ids, mDNS and the processor are shared by the whole machine: one file at a time.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
