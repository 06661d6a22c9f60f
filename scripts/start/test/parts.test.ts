import { describe, expect, it, vi } from 'vitest';
import { followParts, partsAmong } from '../parts.ts';
import { isRunning, listProcesses, type Process, signalProcess } from '../processes.ts';
import { OBEDIENT, startFakeRun } from './fake-dapr.ts';
import { until } from './until.ts';

function child(pid: number, command: string, parent = 10): Process {
  return { pid, parent, group: 10, session: 10, startedAt: pid, command: command.split(' ') };
}

const names = (processes: Process[]) =>
  partsAmong(processes, 10).map(({ appId, kind, process }) => `${kind} ${appId} ${process.pid}`);

describe('partsAmong', () => {
  it('pairs each sidecar with the app that was started after it', () => {
    expect(
      names([
        child(14, 'node two.js'),
        child(11, '/opt/daprd --app-id one --app-port 1'),
        child(13, '/opt/daprd --app-port 2 --app-id two'),
        child(12, 'python3 one.py'),
        child(15, 'node --app-id two', 12),
      ]),
    ).toEqual(['sidecar one 11', 'app one 12', 'sidecar two 13', 'app two 14']);
  });

  it('leaves out a child that has not become a program of its own yet', () => {
    expect(names([child(11, 'daprd --app-id one'), child(12, '/bin/dapr run -f dapr')])).toEqual([
      'sidecar one 11',
    ]);
  });

  it('takes no app for one whose sidecar it does not see', () => {
    expect(names([child(12, 'node one.js'), child(13, 'daprd --app-id two')])).toEqual([
      'sidecar two 13',
    ]);
  });
});

describe('followParts', () => {
  async function untilComplete(parts: ReturnType<typeof followParts>, count: number) {
    await until(() => parts.findLost() !== undefined || parts.seen().length === count);
  }

  it.each([
    ['app', 'b'],
    ['sidecar', 'a'],
  ] as const)('notices that the %s of %s has ended', async (kind, appId) => {
    using fake = await startFakeRun([OBEDIENT, OBEDIENT]);
    const parts = followParts(fake.run, fake.apps, () => undefined);
    await untilComplete(parts, 4);
    expect(parts.findLost()).toBeUndefined();

    const abort = new AbortController();
    const lost = parts.untilLost(abort.signal);
    const part = parts.seen().find((one) => one.kind === kind && one.appId === appId);
    signalProcess(part?.process.pid ?? 0, 'SIGKILL');
    expect(await lost).toEqual({ appId, kind });
    expect(fake.run.isRunning()).toBe(true);
  });

  it('notices an app that ended with 0', async () => {
    using fake = await startFakeRun([OBEDIENT, 'setTimeout(() => {}, 300)']);
    const parts = followParts(fake.run, fake.apps, () => undefined);
    expect(await parts.untilLost(AbortSignal.timeout(5_000))).toEqual({ appId: 'b', kind: 'app' });
  });

  it('notices an app that ended before it was ever seen', async () => {
    using fake = await startFakeRun([OBEDIENT, 'process.exit(3)']);
    await until(() => fake.run.startedApps.has('b'));
    await until(
      () =>
        !partsAmong(listProcesses(), fake.run.pid).some(
          ({ appId, kind }) => appId === 'b' && kind === 'app',
        ),
    );
    const parts = followParts(fake.run, fake.apps, () => undefined);
    expect(parts.findLost()).toEqual({ appId: 'b', kind: 'app' });
  });

  it('does not miss an app that is still to be started', async () => {
    using fake = await startFakeRun([OBEDIENT], { FAKE_UNFINISHED: 'a' });
    const more = [...fake.apps, { ...(fake.apps[0] as (typeof fake.apps)[0]), id: 'later' }];
    const parts = followParts(fake.run, more, () => undefined);
    await untilComplete(parts, 2);
    expect(parts.findLost()).toBeUndefined();
  });

  it('hands over each part once, running', async () => {
    using fake = await startFakeRun([OBEDIENT, OBEDIENT]);
    const onSeen = vi.fn(({ process }: { process: Process }) =>
      expect(isRunning(process)).toBe(true),
    );
    const parts = followParts(fake.run, fake.apps, onSeen);
    await untilComplete(parts, 4);
    parts.findLost();
    expect(onSeen).toHaveBeenCalledTimes(4);
  });

  it('stops looking when it is told to', async () => {
    using fake = await startFakeRun([OBEDIENT]);
    const parts = followParts(fake.run, fake.apps, () => undefined);
    const abort = new AbortController();
    const lost = parts.untilLost(abort.signal);
    abort.abort();
    await expect(lost).rejects.toMatchObject({ name: 'AbortError' });
  });
});
