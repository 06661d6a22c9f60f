import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { isAtLeast } from '../dapr-runtime/version.ts';
import type { App } from './multi-app-file.ts';

/** Where CLIs before 1.16 send a sidecar whose placement address is empty. */
export const PLACEMENT_PORT = 50_005;

const READY_MS = 3_000;

/** Whether the sidecars will look for a placement service that nobody asked for. */
export function looksForPlacement(cliVersion: string, apps: readonly App[]): boolean {
  if (isAtLeast(cliVersion, '1.16.0')) return false;
  return apps.some(({ placementHostAddress }) => placementHostAddress === '');
}

/**
 * Starts Dapr's placement service, in a session of its own, for sidecars that would else log an
 * error twice a second; returns when it listens. `onStart` gets its PID before anything can fail.
 * Rejects with the reason where it ends or does not listen within 3 s, or with the signal's.
 */
export async function startPlacement(
  executable: string,
  {
    signal,
    onStart,
    flags = [],
  }: { signal: AbortSignal; onStart: (pid: number) => void; flags?: string[] | undefined },
): Promise<void> {
  const child = spawn(
    executable,
    [
      '--listen-address=127.0.0.1',
      `--port=${PLACEMENT_PORT}`,
      '--initial-cluster=dapr-placement-0=127.0.0.1:0',
      '--healthz-listen-address=127.0.0.1',
      '--healthz-port=0',
      '--enable-metrics=false',
      ...flags,
    ],
    { detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (child.pid !== undefined) onStart(child.pid);
  let lastLine = '';
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lastLine = line;
    });
  }
  await once(child, 'spawn');

  const deadline = AbortSignal.timeout(READY_MS);
  while (child.exitCode === null && child.signalCode === null) {
    if (await accepts(PLACEMENT_PORT)) return;
    if (deadline.aborted) throw new Error(`it does not listen after ${READY_MS / 1_000} s`);
    await pause(25, undefined, { signal });
  }
  throw new Error(`it ended at once: ${lastLine}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
