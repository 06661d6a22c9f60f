import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { DaprUnavailable, ensureDapr } from '../dapr-runtime/ensure.ts';
import { Failure } from '../start/failure.ts';
import { onStopSignals } from '../start/signals.ts';
import { inFlightTitle } from './chat.ts';
import { compareResults } from './comparison.ts';
import { plotInFlight } from './in-flight-plot.ts';
import { readOptions, USAGE, UsageError } from './options.ts';
import { createProgress } from './progress.ts';
import { formatResult } from './report.ts';
import { readResult } from './result-file.ts';
import { runBenchmark } from './run.ts';

// `pnpm bench`. Exit codes: 0 with a result, 1 without one, 2 for a wrong option, 128 and the
// signal's number after a signal.

const stopped = new AbortController();

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options.help) {
      console.log(USAGE);
      return 0;
    }
    const earlier = options.against === undefined ? undefined : readResult(options.against);
    const { env, stderr: output } = process;
    const runtime = await ensureDapr({ env, output, signal: stopped.signal });
    const progress = createProgress(output);
    const { daprd, runtimeVersion } = runtime;
    const context = { daprd, daprVersion: runtimeVersion, progress: progress.show };
    const result = await runBenchmark(options, context).finally(progress.end);
    const inFlight = result.sections.find(({ title }) => title.startsWith(inFlightTitle));
    if (options.plot !== undefined && inFlight) writeFileSync(options.plot, plotInFlight(inFlight));
    console.log(options.json ? JSON.stringify(result, null, 2) : formatResult(result));
    if (earlier) (options.json ? console.error : console.log)(compareResults(earlier, result));
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    const expected = error instanceof Failure || error instanceof DaprUnavailable;
    console.error(expected ? error.message : error);
    return 1;
  }
}

// What was started ends in the handler of 'exit'.
const exit = (signal: NodeJS.Signals) => {
  stopped.abort(new Failure(`Stopped by ${signal}`));
  process.exit(128 + constants.signals[signal]);
};
onStopSignals(process, [process.stdout, process.stderr], { onStop: exit, onForce: exit });

process.exit(await main());
