import { describe, expect, it } from 'vitest';
import { plannedDeparture, plannedRequests, runOpenLoop } from '../open-loop.ts';
import { createFakeClock } from './fake-clock.ts';

const schedule = { ratePerSecond: 500, durationMs: 20 };

describe('a schedule', () => {
  it('holds as many requests as the rate and the time make', () => {
    expect(plannedRequests(schedule)).toBe(10);
  });

  it('spaces them evenly, without rounding errors that add up', () => {
    expect(plannedDeparture(schedule, 3)).toBe(6);
    expect(plannedDeparture({ ratePerSecond: 3, durationMs: 1 }, 3000)).toBe(1_000_000);
  });
});

describe('an open loop', () => {
  it('sends every request at its time and counts latency from there', async () => {
    const clock = createFakeClock();
    const start = clock.now();
    const departures: number[] = [];
    const { latenciesMs, latenessMs } = await runOpenLoop(schedule, clock, async () => {
      departures.push(clock.now() - start);
    });
    expect(departures).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    expect(latenessMs).toEqual(Array(10).fill(0));
    expect(latenciesMs).toHaveLength(10);
  });

  it('does not wait for an answer before it sends the next request', async () => {
    const clock = createFakeClock();
    const answers: (() => void)[] = [];
    const loop = runOpenLoop(schedule, clock, () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      answers.push(resolve);
      if (answers.length === 10) for (const answer of answers) answer();
      return promise;
    });
    const { latenciesMs } = await loop;
    expect(latenciesMs.toSorted((a, b) => b - a)[0]).toBe(18);
  });

  it('sends what has become due during a pause at once, and counts the pause as latency', async () => {
    const clock = createFakeClock();
    const { latenciesMs, latenessMs } = await runOpenLoop(schedule, clock, async (index) => {
      if (index === 2) clock.pass(10);
    });
    // Requests 3 to 7 were due in the 10 ms after request 2, which left at 4.
    expect(latenessMs).toEqual([0, 0, 0, 8, 6, 4, 2, 0, 0, 0]);
    expect(latenciesMs[3]).toBeGreaterThanOrEqual(8);
  });

  it('tells how late the clock wakes it', async () => {
    const { latenessMs } = await runOpenLoop(
      { ratePerSecond: 100, durationMs: 20 },
      createFakeClock({ lateMs: 1 }),
      async () => {},
    );
    expect(latenessMs).toEqual([0, 1]);
  });
});
