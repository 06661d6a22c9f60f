import { describe, expect, it } from 'vitest';
import { createSection, formatValue, ratios, record } from '../measures.ts';
import { quickPlan } from '../plan.ts';
import { formatResult } from '../report.ts';
import { resultFormat } from '../run.ts';

const section = createSection('chat', ['A', 'C']);
const reading = { metric: 'CPU', unit: 'ms', better: 'lower' } as const;
for (const [a, c] of [
  [0.1, 0.2],
  [0.2, 0.6],
  [0.3, 0.9],
]) {
  record(section, { ...reading, subject: 'A', value: a });
  record(section, { ...reading, subject: 'C', value: c });
}
record(section, { ...reading, metric: 'memory', subject: 'C', value: undefined });

describe('a section', () => {
  it('keeps the rounds of a measure together, and nothing for a value that is not there', () => {
    expect(section.measures.map(({ values }) => values)).toEqual([
      [0.1, 0.2, 0.3],
      [0.2, 0.6, 0.9],
    ]);
  });

  it('takes ratios round by round', () => {
    const [, service] = section.measures;
    const taken = service ? ratios(section, service) : [];
    expect(taken.map((ratio) => Math.round(ratio * 10) / 10)).toEqual([2, 3, 3]);
  });
});

it('prints medians with their spread and the median ratio', () => {
  const text = formatResult({
    format: resultFormat,
    startedAt: '2026-11-21T02:16:24Z',
    seconds: 60,
    machine: {
      cpu: 'a CPU',
      cores: 2,
      memoryGb: 4,
      system: 'linux',
      versions: { node: '24' },
      commit: 'abc',
    },
    parameters: { rate: 500, modelMs: 100, plan: quickPlan },
    sections: [section],
  });
  expect(text).toContain('a CPU, 2 cores');
  expect(text).toMatch(
    /^CPU, ms +0\.200 \(0\.100 to 0\.300\) +0\.600 \(0\.200 to 0\.900\) ×3\.00$/m,
  );
});

it.each([
  [0.0123, '0.012'],
  [1.234, '1.23'],
  [12.34, '12.3'],
  [1234.5, '1,235'],
  [0, '0.00'],
  [Number.NaN, '–'],
])('shows %d as %s', (value, shown) => {
  expect(formatValue(value)).toBe(shown);
});
