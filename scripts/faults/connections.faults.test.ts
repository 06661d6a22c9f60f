import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runtime } from '../live/runtime.ts';
import { waitUntil } from '../live/sidecar-process.ts';
import { type Baseline, expectUnharmed, ok, takeBaseline } from './expectations.ts';
import { openIdleConnections } from './idle-connections.ts';
import { firstInstances, type System, startSystem } from './system.ts';

/** Milliseconds: a request has 30 s to arrive, and Node looks every 30 s. */
const closedMs = 70_000;

describe.skipIf(!runtime)('connections that send nothing', () => {
  let system: System;
  let baseline: Baseline;

  beforeAll(async () => {
    system = await startSystem();
    baseline = takeBaseline(system);
  });
  afterAll(() => system?.stop());

  it('1,000 of them are closed by the service itself, within 70 s', async () => {
    const { service } = firstInstances(system).caller;
    const connections = await openIdleConnections(service.port, 1000);
    try {
      const areClosed = async () => connections.open() === 0;
      await waitUntil('the service has closed them all', areClosed, closedMs);
    } finally {
      connections.close();
    }
    expect(await system.chat('alice')).toMatchObject(ok(5));
    await expectUnharmed(system, baseline);
  });
});
