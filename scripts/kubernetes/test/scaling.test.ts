import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { scaleFor, scaleRow } from '../scaling.ts';

const document = new URL('../../../SCALING.md', import.meta.url);

it.each([100, 10_000, 1_000_000])('SCALING.md has the row for %i chats a minute', async (rate) => {
  expect(await readFile(document, 'utf8')).toContain(scaleRow(rate));
});

it('a pod of each is enough for CPU, and two are kept', () => {
  expect(scaleFor(100)).toMatchObject({ chatPods: 2, analyticsPods: 2, inFlight: 5 });
});

it('the busier container decides: the app of chat-service, the sidecar of analytics-service', () => {
  // 1,000 a second: 0.83 cores of 0.6 each, and 0.39 of 0.6.
  expect(scaleFor(600_000)).toMatchObject({ chatPods: 15, analyticsPods: 7 });
});
