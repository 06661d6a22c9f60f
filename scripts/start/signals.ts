const REPEAT_MS = 300;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type StopSignal = (typeof SIGNALS)[number];

/**
 * Calls `onStop` for the first request to stop: a signal, or a terminal or pipe that takes no more
 * output. Calls `onForce` for a SIGINT or SIGTERM after that; not for one that comes within 300 ms,
 * since a Ctrl-C may reach a script twice, from the terminal and from its package manager.
 */
export function onStopSignals(
  source: NodeJS.EventEmitter,
  outputs: readonly NodeJS.EventEmitter[],
  handlers: { onStop: (signal: StopSignal) => void; onForce: (signal: StopSignal) => void },
): void {
  let stoppedAt: number | undefined;
  const stop = (signal: StopSignal) => {
    stoppedAt = performance.now();
    handlers.onStop(signal);
  };
  for (const signal of SIGNALS) {
    source.on(signal, () => {
      if (stoppedAt === undefined) stop(signal);
      else if (signal !== 'SIGHUP' && performance.now() - stoppedAt > REPEAT_MS) {
        handlers.onForce(signal);
      }
    });
  }
  for (const output of outputs) {
    output.on('error', () => {
      if (stoppedAt === undefined) stop('SIGHUP');
    });
  }
}
