import { defineConfig } from 'vitest/config';

/** Only for `pnpm test:kubernetes`, which makes the namespaces that these tests run in. */
export default defineConfig({
  test: {
    name: 'kubernetes',
    include: ['scripts/kubernetes/live/*.kubernetes.test.ts'],
    setupFiles: ['scripts/test/silence.ts'],
    globalSetup: ['scripts/kubernetes/live/global-setup.ts'],
    restoreMocks: true,
    // One cluster, and one set of nodes, for all.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
