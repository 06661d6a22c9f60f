import { constants } from 'node:os';
import { DaprUnavailable } from '../dapr-runtime/ensure.ts';
import { Failure } from './failure.ts';
import { readOptions, USAGE, UsageError } from './options.ts';
import { createOwnProcesses } from './own-processes.ts';
import { runServices } from './services.ts';
import { onStopSignals } from './signals.ts';

// `pnpm start` and `pnpm dev`. Exit codes: 0 after a stop that somebody asked for (Ctrl-C, SIGTERM,
// a closed terminal, `dapr stop`), since a package manager reports any other as an error; 1 where
// something failed or ended by itself; 2 for a wrong option; 128 and the signal's number where a
// second Ctrl-C ended everything at once.

class StopRequested extends Error {
  override name = 'StopRequested';
}

const own = createOwnProcesses();
const stop = new AbortController();

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options.help) console.log(USAGE);
    else {
      const { env, stdout: output } = process;
      await runServices(options, { env, output, signal: stop.signal, own });
      console.log('Stopped from elsewhere.');
    }
    return 0;
  } catch (error) {
    const failures = causes(error).filter((cause) => !isStop(cause));
    for (const failure of failures) console.error(messageOf(failure));
    if (failures.length === 0) console.log('Stopped.');
    if (failures.length === 0) return 0;
    return failures.some((failure) => failure instanceof UsageError) ? 2 : 1;
  }
}

// An error while cleaning up comes together with the one that led to it.
function causes(error: unknown): unknown[] {
  if (!(error instanceof SuppressedError)) return [error];
  return [...causes(error.suppressed), ...causes(error.error)];
}

function isStop(error: unknown): boolean {
  return (
    error instanceof StopRequested ||
    (error instanceof Error && error.cause instanceof StopRequested)
  );
}

function messageOf(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n\n${USAGE}`;
  if (error instanceof Failure || error instanceof DaprUnavailable) return error.message;
  return error instanceof Error ? `${error.stack}` : String(error);
}

// Whatever ends this process, a fault of its own included, ends what it has started.
process.on('exit', () => own.kill());
onStopSignals(process, [process.stdout, process.stderr], {
  onStop(signal) {
    console.log('Stopping. Ctrl-C again ends everything at once.');
    stop.abort(new StopRequested(`Stopped by ${signal}.`));
  },
  onForce: (signal) => process.exit(128 + constants.signals[signal]),
});

// Sockets that are still open would keep the process.
process.exit(await main());
