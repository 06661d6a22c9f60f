import { waitUntil } from '../live/sidecar-process.ts';
import type { LogLine, Service } from './service.ts';

/** Waits for the one line that tells how a request ended, and returns all lines about it. */
export async function linesAbout(service: Service, requestId: string): Promise<LogLine[]> {
  const lines = () => service.lines().filter((line) => line.requestId === requestId);
  await waitUntil(`the log tells how request ${requestId} ended`, async () =>
    lines().some(({ status }) => status !== undefined),
  );
  return lines();
}
