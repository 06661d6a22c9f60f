import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runtime } from '../live/runtime.ts';
import type { ChatAnswer } from './chat-client.ts';
import { headerOf, ok } from './expectations.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** Runs a script in a namespace of its own, and reads its report. */
async function runIn(namespace: 'mount' | 'net', script: string): Promise<unknown> {
  const file = path.join(import.meta.dirname, script);
  // What it starts ends with it, since the guardian of its scope sees it end.
  const { stdout } = await promisify(execFile)(
    'unshare',
    [`--${namespace}`, '--kill-child', process.execPath, file],
    { timeout: 60_000 },
  );
  return JSON.parse(stdout);
}

describe.skipIf(!isRoot)('faults that need root', () => {
  // pino's own destination would let the error out of the request that is logged, for good.
  it('a full disk for logs: the service goes on, and logs again once there is room', async () => {
    const report = (await runIn('mount', 'full-disk.ts')) as { during: number[] };
    expect(report).toMatchObject({ after: 200, running: true, lostLines: true });
    expect(new Set(report.during)).toEqual(new Set([200]));
  });

  it.skipIf(!runtime)(
    'name resolution is gone: chats fall back until it is there again',
    async () => {
      const report = (await runIn('net', 'name-resolution.ts')) as {
        known: ChatAnswer;
        unknown: ChatAnswer;
        reasons: string[];
        recoveredInMs: number;
      };
      expect(report.known).toMatchObject(ok(5));
      expect(report.unknown).toMatchObject({ status: 200, analytics: headerOf('timeout') });
      expect(report.unknown.ms).toBeLessThan(2100);
      expect(report.reasons).toEqual(['timeout']);
      expect(report.recoveredInMs).toBeLessThan(5000);
    },
  );
});
