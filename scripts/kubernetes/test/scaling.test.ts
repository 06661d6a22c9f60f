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

it('what is busier decides: chats in flight for chat-service, the sidecar of analytics-service', () => {
  // 10,000 a second: 30,000 in flight, 2,000 a pod; and 2.65 cores of 0.6 each.
  expect(scaleFor(600_000)).toMatchObject({ chatPods: 15, analyticsPods: 5 });
});
