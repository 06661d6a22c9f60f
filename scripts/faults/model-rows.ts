import { expect } from 'vitest';
import { type Baseline, expectOneReason, expectUnharmed, ok } from './expectations.ts';
import type { ModelFault } from './model-faults.ts';
import type { System } from './system.ts';

/** One row: a client's chat meets the fault, and the next one does not. */
export async function runModelRow(
  system: System,
  baseline: Baseline,
  { fault, behaviour, status, retryAfter, logged, withinMs }: ModelFault,
): Promise<void> {
  system.model.script(fault, behaviour);
  const during = await system.chat('alice', fault);
  expect({ status: during.status, retryAfter: during.retryAfter }).toEqual({ status, retryAfter });
  expect(during.ms).toBeLessThan(withinMs);
  // An error is a sentence of ours, never what the model said.
  expect(during.text).toMatch(status === 200 ? /^At noon\.$/ : /^The model [a-z ]+$/);
  if (logged) await expectOneReason(system, during, logged);
  expect(await system.chat('alice')).toMatchObject(ok(5));
  await expectUnharmed(system, baseline);
}
