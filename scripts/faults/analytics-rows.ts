import { expect } from 'vitest';
import type { AnalyticsFault } from './analytics-faults.ts';
import {
  type Baseline,
  expectOneReason,
  expectUnharmed,
  expectWell,
  headerOf,
} from './expectations.ts';
import { countReply } from './scripted-model.ts';
import type { System } from './system.ts';

/** One row: the fault begins, a client chats, the fault ends, and all is well again. */
export async function runAnalyticsRow(
  system: System,
  baseline: Baseline,
  { seen, withinMs, begin, end }: AnalyticsFault,
): Promise<void> {
  await begin(system);
  try {
    const during = await system.chat('alice');
    expect(during.status).toBe(200);
    const reason = seen.find((item) => headerOf(item) === during.analytics);
    expect(reason, `x-analytics: ${during.analytics}`).toBeDefined();
    expect(during.text).toBe(countReply(reason === 'ok' ? 5 : 0));
    expect(during.ms).toBeLessThan(withinMs);
    if (reason !== undefined && reason !== 'ok') await expectOneReason(system, during, reason);
  } finally {
    await end(system);
  }
  await expectWell(system);
  await expectUnharmed(system, baseline);
}
