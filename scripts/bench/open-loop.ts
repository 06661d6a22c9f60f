/** When requests leave: at even distances, whatever the answers do. */
export interface Schedule {
  ratePerSecond: number;
  durationMs: number;
}

export interface Clock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  /** Resolves after so many milliseconds, or somewhat later. */
  wait(ms: number): Promise<unknown>;
}

/** Requests that the schedule holds. */
export function plannedRequests({ ratePerSecond, durationMs }: Schedule): number {
  return Math.round((ratePerSecond * durationMs) / 1000);
}

/** Milliseconds from the start to a request's planned departure. */
export function plannedDeparture({ ratePerSecond }: Schedule, index: number): number {
  return (index * 1000) / ratePerSecond;
}

/**
 * Sends every request of the schedule and waits for all answers. Those that are due when the clock
 * is late leave at once, so that a pause of this process costs no request; latency counts from
 * the planned departure, so it hides none either.
 */
export async function runOpenLoop(
  schedule: Schedule,
  clock: Clock,
  send: (index: number) => Promise<unknown>,
): Promise<{ latenciesMs: number[]; latenessMs: number[] }> {
  const total = plannedRequests(schedule);
  const latenciesMs: number[] = [];
  const latenessMs: number[] = [];
  const inFlight: Promise<void>[] = [];
  const start = clock.now();
  for (let index = 0; index < total; index += 1) {
    const planned = start + plannedDeparture(schedule, index);
    while (clock.now() < planned) await clock.wait(planned - clock.now());
    latenessMs.push(clock.now() - planned);
    inFlight.push(
      send(index).then(() => {
        latenciesMs.push(clock.now() - planned);
      }),
    );
  }
  await Promise.all(inFlight);
  return { latenciesMs, latenessMs };
}
