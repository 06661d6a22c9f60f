import { afterAll, beforeAll, describe, it } from 'vitest';
import { runtime } from '../live/runtime.ts';
import { quickAnalyticsFaults } from './analytics-faults.ts';
import { runAnalyticsRow } from './analytics-rows.ts';
import { type Baseline, takeBaseline } from './expectations.ts';
import { type System, startSystem } from './system.ts';

describe.skipIf(!runtime)('a chat never fails because of analytics', () => {
  let system: System;
  let baseline: Baseline;

  beforeAll(async () => {
    system = await startSystem();
    baseline = takeBaseline(system);
  });
  afterAll(() => system?.stop());

  it.each(quickAnalyticsFaults)('$fault', (row) => runAnalyticsRow(system, baseline, row));
});
