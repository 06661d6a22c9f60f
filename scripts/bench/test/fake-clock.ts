import type { Clock } from '../open-loop.ts';

/** A clock that moves only when somebody waits, and wakes them a given time late. */
export function createFakeClock({ lateMs = 0 } = {}): Clock & { pass(ms: number): void } {
  let time = 1000;
  return {
    now: () => time,
    async wait(ms) {
      const end = time + ms + lateMs;
      await Promise.resolve();
      time = Math.max(time, end);
    },
    pass(ms) {
      time += ms;
    },
  };
}
