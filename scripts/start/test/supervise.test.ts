import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isStarted } from '../dapr-run.ts';
import { Failure } from '../failure.ts';
import { logFolder } from '../logs.ts';
import { followParts } from '../parts.ts';
import { untilOver } from '../supervise.ts';
import { type FakeRun, OBEDIENT, startFakeRun } from './fake-dapr.ts';
import { until } from './until.ts';

function supervise({ run, apps }: FakeRun, signal = AbortSignal.timeout(10_000)) {
  const parts = followParts(run, apps, () => undefined);
  return { over: untilOver(run, parts, apps, signal), parts };
}

async function failureOf(over: Promise<void>): Promise<string> {
  const error = await over.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Failure)) throw error ?? new Error('It was over without a failure.');
  return error.message;
}

describe('untilOver', () => {
  it('names an app that has ended and shows the last lines it has printed', async () => {
    const app = "console.log('== APP - b == first words'); setTimeout(() => process.exit(1), 300)";
    using fake = await startFakeRun([OBEDIENT, app]);
    expect(await failureOf(supervise(fake).over)).toBe(
      'b has ended. Its last log lines:\n  first words',
    );
  });

  it('names a sidecar that has ended and shows the end of its log file', async () => {
    using fake = await startFakeRun([OBEDIENT]);
    const [app] = fake.apps as [FakeRun['apps'][0]];
    mkdirSync(logFolder(app), { recursive: true });
    const log = path.join(logFolder(app), 'a_daprd_29990101000000.log');
    writeFileSync(log, Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`).join(''));
    const { over, parts } = supervise(fake);
    await until(() => parts.seen().length === 2);
    process.kill(parts.seen().find(({ kind }) => kind === 'sidecar')?.process.pid ?? 0, 'SIGKILL');
    const lines = (await failureOf(over)).split('\n');
    expect(lines[0]).toBe(`a's sidecar (daprd) has ended. Its last log lines, from ${log}:`);
    expect(lines.slice(1)).toHaveLength(12);
    expect(lines.at(-1)).toBe('  line 30');
  });

  it('says so when there are no log lines', async () => {
    using fake = await startFakeRun([OBEDIENT, 'setTimeout(() => {}, 200)']);
    expect(await failureOf(supervise(fake).over)).toBe(
      'b has ended. No log lines of b were found.',
    );
  });

  it('tells how the CLI has ended and what it said, not that its parts are gone', async () => {
    const app = "console.log('a port is taken'); process.kill(process.ppid, 'SIGKILL')";
    using fake = await startFakeRun([app], { FAKE_UNFINISHED: 'a' });
    expect(await failureOf(supervise(fake).over)).toBe(
      "Dapr's CLI (dapr run) has ended by SIGKILL. It said last:\n  a port is taken",
    );
  });

  it('is over without a failure when somebody has asked the CLI to stop', async () => {
    using fake = await startFakeRun([OBEDIENT]);
    const { over } = supervise(fake);
    await until(() => isStarted(fake.run, fake.apps));
    process.kill(fake.run.pid, 'SIGINT');
    await over;
    expect(fake.run.isRunning()).toBe(false);
  });

  it('is over without a failure when a part ends just before the CLI says that it stops', async () => {
    using fake = await startFakeRun([OBEDIENT]);
    await until(() => isStarted(fake.run, fake.apps));
    const follower = { untilLost: async () => ({ appId: 'a', kind: 'sidecar' as const }) };
    const over = untilOver(fake.run, follower, fake.apps, AbortSignal.timeout(10_000));
    process.kill(fake.run.pid, 'SIGINT');
    await over;
  });

  it('gives up when it is told to', async () => {
    using fake = await startFakeRun([OBEDIENT]);
    const abort = new AbortController();
    const { over } = supervise(fake, abort.signal);
    abort.abort();
    await expect(over).rejects.toMatchObject({ name: 'AbortError' });
  });
});
