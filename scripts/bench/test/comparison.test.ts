import { describe, expect, it } from 'vitest';
import { compare, compareResults } from '../comparison.ts';
import { quickPlan } from '../plan.ts';
import { type Result, resultFormat } from '../run.ts';

describe('a change beyond the noise', () => {
  it.each([
    ['lower where higher is better', [100, 101, 102], [80, 81, 82], 'higher', 'worse'],
    ['higher where higher is better', [80, 81, 82], [100, 101, 102], 'higher', 'better'],
    ['lower where lower is better', [100, 101, 102], [80, 81, 82], 'lower', 'better'],
    ['ranges that overlap', [80, 90, 100], [95, 105, 115], 'higher', 'none'],
    ['a distance within both ranges together', [80, 90, 100], [105, 115, 120], 'higher', 'none'],
    ['less than three in a hundred', [100, 100, 100], [102, 102, 102], 'higher', 'none'],
    ['the same again', [1, 2, 3], [1, 2, 3], 'higher', 'none'],
    ['too few rounds', [100, 101], [80, 81], 'higher', 'unknown'],
  ] as const)('%s', (_what, earlier, later, better, expected) => {
    expect(compare(earlier, later, better)).toBe(expected);
  });
});

describe('a comparison', () => {
  const result = (cpu: string, bare: number[], service: number[]): Result => ({
    format: resultFormat,
    startedAt: '2026-11-21T02:16:24Z',
    seconds: 1,
    machine: { cpu, cores: 2, memoryGb: 4, system: 'linux', versions: {}, commit: 'abc' },
    parameters: { rate: 500, modelMs: 100, plan: quickPlan },
    sections: [
      {
        title: 'chat',
        subjects: ['bare', 'service'],
        measures: [
          { subject: 'bare', metric: 'p50', unit: 'ms', better: 'lower', values: bare },
          { subject: 'service', metric: 'p50', unit: 'ms', better: 'lower', values: service },
        ],
      },
    ],
  });
  const before = result('x', [10, 10, 10], [20, 20, 20]);

  it('names each ratio that changed, with both values', () => {
    const text = compareResults(before, result('x', [10, 10, 10], [30, 30, 30]));
    expect(text).toContain('worse: chat: service: p50: 2.00 to 3.00 times the first column');
    expect(text).toContain('2 series compared, 1 changed');
    expect(text).not.toContain('The machine');
  });

  it('takes what slows all down for the machine', () => {
    const text = compareResults(before, result('y', [20, 20, 20], [40, 40, 40]));
    expect(text).toContain('2 series compared, 0 changed');
    expect(text).toContain('The machine was not the same');
    expect(text).toContain('worse: chat: bare: p50: 10.0 to 20.0 ms');
  });

  it('says that the parameters differ', () => {
    const other = { ...before, parameters: { ...before.parameters, rate: 1 } };
    expect(compareResults(before, other)).toContain('The parameters differ.');
  });
});
