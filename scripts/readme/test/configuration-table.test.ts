import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withConfigurationTables } from '../configuration-table.ts';

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

it('shows every variable of both services as their schemas have it (else run `pnpm readme`)', () => {
  expect(readme).toBe(withConfigurationTables(readme));
  for (const name of ['DAPR_HTTP_PORT', 'OPENAI_BASE_URL', 'SHUTDOWN_TIMEOUT_MS']) {
    expect(readme).toContain(`| \`${name}\` |`);
  }
});

it('refuses a text without a place for the tables', () => {
  expect(() => withConfigurationTables('# Nothing')).toThrow(/no place for chat-service/);
});
