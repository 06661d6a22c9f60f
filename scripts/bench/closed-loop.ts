import type { Clock } from './open-loop.ts';

export interface ClosedLoop {
  /** Each has one request in flight at any time. */
  connections: number;
  /** They begin one after the other over this time, which is not measured. */
  rampMs: number;
  /** Measured, after the ramp. */
  durationMs: number;
}

/** Keeps every connection busy. What is answered after the end is waited for, not counted. */
export async function runClosedLoop(
  { connections, rampMs, durationMs }: ClosedLoop,
  clock: Clock,
  send: (connection: number) => Promise<unknown>,
): Promise<{ latenciesMs: number[]; requestsPerSecond: number }> {
  const latenciesMs: number[] = [];
  const begin = clock.now() + rampMs;
  const end = begin + durationMs;
  const keepBusy = async (connection: number) => {
    await clock.wait((rampMs * connection) / connections);
    while (clock.now() < end) {
      const departure = clock.now();
      await send(connection);
      const arrival = clock.now();
      if (arrival >= begin && arrival < end) latenciesMs.push(arrival - departure);
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, index) => keepBusy(index)));
  return { latenciesMs, requestsPerSecond: (latenciesMs.length * 1000) / durationMs };
}
