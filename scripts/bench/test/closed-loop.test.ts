import { describe, expect, it } from 'vitest';
import { runClosedLoop } from '../closed-loop.ts';
import { createFakeClock } from './fake-clock.ts';

describe('a closed loop', () => {
  it('sends the next request of a connection when the answer is there, until the time is over', async () => {
    const clock = createFakeClock();
    let sent = 0;
    const { latenciesMs, requestsPerSecond } = await runClosedLoop(
      { connections: 1, rampMs: 0, durationMs: 100 },
      clock,
      async () => {
        sent += 1;
        await clock.wait(30);
      },
    );
    expect(sent).toBe(4);
    // The fourth is answered after the end.
    expect(latenciesMs).toEqual([30, 30, 30]);
    expect(requestsPerSecond).toBe(30);
  });

  it('does not count what is answered during the ramp', async () => {
    const clock = createFakeClock();
    const { latenciesMs } = await runClosedLoop(
      { connections: 1, rampMs: 50, durationMs: 50 },
      clock,
      () => clock.wait(20),
    );
    expect(latenciesMs).toEqual([20, 20]);
  });

  it('has one request of each connection in flight', async () => {
    const clock = createFakeClock();
    let inFlight = 0;
    let most = 0;
    await runClosedLoop({ connections: 8, rampMs: 0, durationMs: 20 }, clock, async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await clock.wait(10);
      inFlight -= 1;
    });
    expect(most).toBe(8);
    expect(inFlight).toBe(0);
  });
});
