import { constants } from 'node:os';
import { createProgress } from '../bench/progress.ts';
import { DaprUnavailable, ensureDapr } from '../dapr-runtime/ensure.ts';
import { Failure } from '../start/failure.ts';
import { onStopSignals, type StopSignal } from '../start/signals.ts';
import { readOptions, USAGE, UsageError } from './options.ts';

// `pnpm soak`. Exit codes: 0 for a good verdict, 1 for a bad one or none, 2 for a wrong option,
// 128 and the signal's number after a signal.

const stopped = new AbortController();
let stopSignal: StopSignal | undefined;

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options.help) {
      console.log(USAGE);
      return 0;
    }
    const { env, stderr: output } = process;
    const dapr = await ensureDapr({ env, output, signal: stopped.signal });
    env['DAPR_RUNTIME_PATH'] = dapr.root;
    const { minutes, seed, rate } = options;
    console.log(
      `Dapr ${dapr.runtimeVersion}, ${minutes} minutes, ${rate} chats a second, --seed ${seed} repeats it`,
    );
    // Only now, since it looks for Dapr as soon as it is loaded.
    const { soak } = await import('./run.ts');
    const progress = createProgress(output);
    const show = output.isTTY ? progress.show : everyNth(30, progress.show);
    const verdict = await soak(options, { signal: stopped.signal, progress: show }).finally(
      progress.end,
    );
    console.log(verdict.text);
    if (stopSignal !== undefined) return 128 + constants.signals[stopSignal];
    return verdict.ok ? 0 : 1;
  } catch (error) {
    if (stopSignal !== undefined) return 128 + constants.signals[stopSignal];
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    const expected = error instanceof Failure || error instanceof DaprUnavailable;
    console.error(expected ? error.message : error);
    return 1;
  }
}

/** Passes on the first call, and then every so-manieth. */
function everyNth(n: number, show: (text: string) => void): (text: string) => void {
  let calls = 0;
  return (text) => {
    if (calls % n === 0) show(text);
    calls += 1;
  };
}

onStopSignals(process, [process.stdout, process.stderr], {
  onStop: (signal) => {
    stopSignal = signal;
    stopped.abort();
  },
  // What was started is ended by its guardian.
  onForce: (signal) => process.exit(128 + constants.signals[signal]),
});

process.exit(await main());
