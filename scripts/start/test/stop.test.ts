import { describe, expect, it } from 'vitest';
import { isStarted } from '../dapr-run.ts';
import { followParts, type Part } from '../parts.ts';
import { isRunning } from '../processes.ts';
import { stopDaprRun } from '../stop.ts';
import { type FakeRun, OBEDIENT, startFakeRun } from './fake-dapr.ts';
import { until } from './until.ts';

async function partsOf({ run, apps }: FakeRun, count: number): Promise<readonly Part[]> {
  const parts = followParts(run, apps, () => undefined);
  await until(() => parts.findLost() === undefined && parts.seen().length === count);
  return parts.seen();
}

describe('stopDaprRun', () => {
  it('lets the apps finish while their sidecars run, then ends the CLI in good order', async () => {
    const app = `
      process.on('SIGTERM', () => {
        console.log('== APP - a == finishing');
        setTimeout(() => { console.log('== APP - a == finished'); process.exit(0); }, 200);
      });
      console.log('== APP - a == ready');
      ${OBEDIENT}`;
    using fake = await startFakeRun([app]);
    const parts = await partsOf(fake, 2);
    await until(() => isStarted(fake.run, fake.apps) && fake.appLines.length === 1);
    const sidecar = parts.find(({ kind }) => kind === 'sidecar') as Part;

    const stopping = stopDaprRun(fake.run, parts, fake.apps);
    await until(() => fake.appLines.includes('a: finishing'));
    expect(isRunning(sidecar.process)).toBe(true);
    expect(fake.run.isStopRequested()).toBe(false);
    await stopping;
    expect(fake.appLines).toContain('a: finished');
    expect(fake.run.isStopRequested()).toBe(true);
    expect(parts.some(({ process }) => isRunning(process))).toBe(false);
    expect(await fake.run.ended).toEqual({ code: 0, signal: null });
  });

  it('ends a CLI that is still starting at once, since it heeds no signal', async () => {
    using fake = await startFakeRun([OBEDIENT, OBEDIENT], { FAKE_UNFINISHED: 'b' });
    const parts = await partsOf(fake, 4);
    await stopDaprRun(fake.run, parts.slice(0, 3), fake.apps);
    expect(await fake.run.ended).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('is content with a CLI that has ended already', async () => {
    using fake = await startFakeRun([OBEDIENT]);
    const parts = await partsOf(fake, 2);
    process.kill(fake.run.pid, 'SIGKILL');
    await fake.run.ended;
    await stopDaprRun(fake.run, parts, fake.apps);
    const [app] = parts.filter(({ kind }) => kind === 'app');
    expect(app && isRunning(app.process)).toBe(false);
  });
});
