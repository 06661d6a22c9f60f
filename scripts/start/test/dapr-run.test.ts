import { describe, expect, it, vi } from 'vitest';
import { isStarted, startDaprRun } from '../dapr-run.ts';
import { findProcess } from '../processes.ts';
import { OBEDIENT, startFakeRun } from './fake-dapr.ts';
import { until } from './until.ts';

describe('startDaprRun', () => {
  it('keeps apart what the apps print and what the CLI says', async () => {
    using fake = await startFakeRun([
      `console.log('== APP - a == one'); console.error('== APP - a == two'); ${OBEDIENT}`,
    ]);
    await until(() => fake.appLines.length === 2 && isStarted(fake.run, fake.apps));
    expect(fake.appLines.toSorted()).toEqual(['a: one', 'a: two']);
    expect(fake.run.linesOf('a').toSorted()).toEqual(['one', 'two']);
    expect(fake.run.linesOf('b')).toEqual([]);
    expect(fake.run.lines).toEqual(['Started Dapr with app id "a".']);
  });

  it('runs out of reach of a Ctrl-C at the terminal', async () => {
    using fake = await startFakeRun([OBEDIENT]);
    expect(findProcess(fake.run.pid)).toMatchObject({ group: fake.run.pid });
  });

  it('keeps the last 20 lines only', async () => {
    using fake = await startFakeRun([
      `for (let i = 0; i < 50; i += 1) console.log('line ' + i); ${OBEDIENT}`,
    ]);
    await until(() => fake.run.lines.includes('line 49'));
    expect(fake.run.lines.length).toBeLessThanOrEqual(20);
    expect(fake.run.lines).not.toContain('line 29');
  });

  it('is started when the CLI has started the last app', async () => {
    using fake = await startFakeRun([OBEDIENT, OBEDIENT], { FAKE_UNFINISHED: 'b' });
    await until(() => fake.run.startedApps.has('a'));
    expect(isStarted(fake.run, fake.apps)).toBe(false);
    expect(isStarted(fake.run, fake.apps.slice(0, 1))).toBe(true);
  });

  it('tells that it was asked to stop, and how it ended', async () => {
    using fake = await startFakeRun([OBEDIENT]);
    await until(() => isStarted(fake.run, fake.apps));
    expect(fake.run.isStopRequested()).toBe(false);
    process.kill(fake.run.pid, 'SIGINT');
    expect(await fake.run.ended).toEqual({ code: 0, signal: null });
    expect(fake.run.isRunning()).toBe(false);
    expect(fake.run.isStopRequested()).toBe(true);
  });

  it('rejects for a CLI that cannot be executed', async () => {
    const onStart = vi.fn();
    const run = startDaprRun({
      cli: '/nowhere/dapr',
      file: 'dapr.yaml',
      env: {},
      onStart,
      onAppLine: () => undefined,
    });
    await expect(run).rejects.toMatchObject({ code: 'ENOENT' });
    expect(onStart).not.toHaveBeenCalled();
  });
});
