import { describe, expect, it } from 'vitest';
import type { Sample } from '../samples.ts';
import { slopeOf } from '../slope.ts';
import { judge } from '../verdict.ts';

const sample = (minutes: number, memoryMb: number, sockets = 8): Sample => ({
  minutes,
  memoryMb,
  files: { sockets, all: sockets + 20 },
});

const run = (memoryAt: (minutes: number) => number, minutes: number) => {
  const samples = Array.from({ length: minutes * 4 + 1 }, (_, quarter) =>
    sample(quarter / 4, memoryAt(quarter / 4)),
  );
  return {
    chats: 100,
    faults: 3,
    seen: new Map([['200 ok', 100]]),
    problems: new Map<string, number>(),
    samples,
    first: sample(0, memoryAt(0)),
    last: sample(minutes, memoryAt(minutes)),
  };
};

describe('slopeOf', () => {
  it('fits a line', () => {
    const points = [0, 1, 2, 3].map((x) => ({ x, y: 10 + 2 * x + (x % 2) }));
    expect(slopeOf(points)).toBeCloseTo(2.2);
  });

  it('knows none for a single point', () => {
    expect(slopeOf([{ x: 1, y: 1 }])).toBeNaN();
  });
});

describe('judge', () => {
  it('lets memory grow at the start', () => {
    const warmUp = (minutes: number) => 100 + 50 * Math.min(minutes, 2);
    expect(judge(run(warmUp, 8))).toMatchObject({ ok: true });
  });

  it('finds memory that never stops growing', () => {
    const { ok, text } = judge(run((minutes) => 100 + 3 * minutes, 8));
    expect(ok).toBe(false);
    expect(text).toContain('memory grows by 3.00 MB a minute, more than 2');
  });

  it('does not judge the memory of a short run', () => {
    const { ok, text } = judge(run((minutes) => 100 + 30 * minutes, 2));
    expect(ok).toBe(true);
    expect(text).toContain('too short a run to judge it');
  });

  it('finds sockets that stay open', () => {
    const { ok, text } = judge({ ...run(() => 100, 1), last: sample(1, 100, 14) });
    expect(ok).toBe(false);
    expect(text).toContain('6 sockets more at the end than at the start');
  });

  it('names every problem with how often it came', () => {
    const problems = new Map([['status 500 instead of 200', 2]]);
    const { ok, text } = judge({ ...run(() => 100, 1), problems });
    expect(ok).toBe(false);
    expect(text).toContain('Verdict: 2 times status 500 instead of 200.');
  });

  it('is not content with no chat at all', () => {
    expect(judge({ ...run(() => 100, 1), chats: 0 })).toMatchObject({ ok: false });
  });
});
