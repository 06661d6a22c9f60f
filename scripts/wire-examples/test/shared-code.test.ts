import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const source = (service: string, file: string) =>
  readFileSync(new URL(`../../../${service}/src/${file}`, import.meta.url), 'utf8');

// Each service runs without the other, and so carries its own copy.
it.each([
  'docs.ts',
  'environment.ts',
  'log-fields.ts',
  'log-output.ts',
  'metrics-server.ts',
  'request-end.ts',
  'tracing.ts',
  'user-id.ts',
])('%s is the same in both services', (file) => {
  expect(source('analytics-service', file)).toBe(source('chat-service', file));
});
