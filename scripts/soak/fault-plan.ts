import { setTimeout as delay } from 'node:timers/promises';
import {
  type AnalyticsFault,
  quickAnalyticsFaults,
  slowAnalyticsFaults,
} from '../faults/analytics-faults.ts';
import type { System } from '../faults/system.ts';

const faults = [...quickAnalyticsFaults, ...slowAnalyticsFaults];

/** A fault, when it comes and how long it stays. */
export interface PlannedFault {
  fault: AnalyticsFault;
  /** Milliseconds after the end of the one before. */
  afterMs: number;
  lastsMs: number;
}

/** The next fault of a run: of any kind, 2 to 6 s after the one before, for 0.5 to 4 s. */
export function planFault(random: () => number): PlannedFault {
  const fault = faults[Math.floor(random() * faults.length)];
  if (!fault) throw new Error('There are no faults to choose from');
  return { fault, afterMs: 2000 + random() * 4000, lastsMs: 500 + random() * 3500 };
}

/** Lets one fault after the other happen until `signal` is aborted; the last one ends as well. */
export async function causeFaults(
  system: System,
  random: () => number,
  { signal, onFault }: { signal: AbortSignal; onFault: (fault: string | undefined) => void },
): Promise<void> {
  const wait = (ms: number) => delay(ms, undefined, { signal }).catch(() => {});
  while (!signal.aborted) {
    const { fault, afterMs, lastsMs } = planFault(random);
    await wait(afterMs);
    if (signal.aborted) return;
    onFault(fault.fault);
    await fault.begin(system);
    await wait(lastsMs);
    await fault.end(system);
    onFault(undefined);
  }
}
