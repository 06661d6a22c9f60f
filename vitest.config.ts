import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/test/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.live.test.ts'],
          setupFiles: ['scripts/test/silence.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'live',
          include: ['scripts/**/*.live.test.ts'],
          setupFiles: ['scripts/test/silence.ts'],
          // Ports, app ids and mDNS are shared by the whole machine: one file at a time.
          fileParallelism: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
