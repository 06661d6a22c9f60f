import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runtime } from '../live/runtime.ts';
import { waitUntil } from '../live/sidecar-process.ts';
import { slowAnalyticsFaults } from './analytics-faults.ts';
import { runAnalyticsRow } from './analytics-rows.ts';
import {
  type Baseline,
  expectOneReason,
  expectUnharmed,
  expectWell,
  headerOf,
  ok,
  takeBaseline,
} from './expectations.ts';
import { restart } from './part.ts';
import { firstInstances, type System, startSystem } from './system.ts';

describe.skipIf(!runtime)('a chat never fails because of a sidecar', () => {
  let system: System;
  let baseline: Baseline;

  beforeAll(async () => {
    system = await startSystem();
    baseline = takeBaseline(system);
  });
  afterAll(() => system?.stop());

  it.each(slowAnalyticsFaults)('$fault', (row) => runAnalyticsRow(system, baseline, row));

  it('analytics-service is restarted in a loop: every chat is answered in time', async () => {
    const { service } = firstInstances(system).callee;
    let looping = true;
    const restarts = (async () => {
      for (let round = 0; round < 3; round += 1) await restart(service);
      looping = false;
    })();
    const answers = [];
    while (looping) answers.push(await system.chat(`looping-${answers.length}`));
    await restarts;
    expect(answers.length).toBeGreaterThan(3);
    for (const { status, ms, analytics } of answers) {
      expect(status).toBe(200);
      expect(ms).toBeLessThan(2500);
      expect(analytics).toMatch(/^fallback; reason=(?:user-unknown|app-unreachable|timeout)$/);
    }
    await expectWell(system);
    await expectUnharmed(system, baseline);
  });

  it('the breaker opens for a user whose calls fail, and closes again', async () => {
    const { service } = firstInstances(system).callee;
    await service.end();
    try {
      // The 4th call opens it, unless Dapr's interval ends in between, and counting starts anew.
      const opens = async () => (await system.chat('bob')).analytics === headerOf('circuit-open');
      let calls = 1;
      for (; calls <= 9 && !(await opens()); calls += 1);
      expect(calls).toBeGreaterThanOrEqual(4);
      const during = await system.chat('bob');
      expect(during).toMatchObject({ status: 200, analytics: headerOf('circuit-open') });
      expect(during.ms).toBeLessThan(500);
      await expectOneReason(system, during, 'circuit-open');
    } finally {
      await service.start();
    }
    expect(await system.chat('alice')).toMatchObject(ok(5));
    // Open for 5 s; a call in that time does not prolong it.
    const isClosed = async () => (await system.chat('bob')).analytics === 'ok';
    await waitUntil('the breaker is closed again', isClosed, 6000);
    await expectWell(system);
    await expectUnharmed(system, baseline);
  });
});
