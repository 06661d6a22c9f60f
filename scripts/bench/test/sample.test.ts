import { describe, expect, it } from 'vitest';
import type { LoadReport } from '../load.ts';
import { findBottlenecks, findFaults } from '../sample.ts';
import { summarise } from '../statistics.ts';

const good: LoadReport = {
  sent: 100,
  wrong: 0,
  firstProblem: undefined,
  requestsPerSecond: 100,
  latency: summarise([1]),
  lateness: undefined,
};

describe('a report of the load generator', () => {
  it('is taken where every answer was right', () => {
    expect(findFaults(good)).toEqual([]);
  });

  it('is refused for a single wrong answer, which is shown', () => {
    expect(findFaults({ ...good, wrong: 1, firstProblem: 'answered 500' })).toEqual([
      '1 of 100 went wrong, the first: answered 500',
    ]);
  });

  it('is refused where nothing was sent', () => {
    expect(findFaults({ ...good, sent: 0 })).toEqual(['nothing was sent']);
  });

  it('is refused where most requests left late, not where a few did', () => {
    expect(findFaults({ ...good, lateness: summarise([0, 0, 0, 50]) })).toEqual([]);
    expect(findFaults({ ...good, lateness: summarise([0, 6, 6, 6]) })[0]).toMatch(
      /does not keep up/,
    );
  });
});

describe('a bottleneck', () => {
  it('is a process of ours that needed a core to itself', () => {
    expect(findBottlenecks({ generator: 950, stub: 300 }, 1000)).toEqual([
      'generator used 95 % of a core and held the rest up',
    ]);
  });

  it('cannot be told where the system does not tell the CPU time', () => {
    expect(findBottlenecks({ generator: undefined }, 1000)).toEqual([]);
  });
});
