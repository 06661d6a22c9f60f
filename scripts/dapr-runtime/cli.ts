import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { DaprUnavailable } from './dapr-unavailable.ts';
import { findDapr } from './find.ts';
import type { DaprRuntime } from './runtime.ts';

// Dapr's CLI stops its sidecars on SIGINT and SIGTERM only: any other would leave them behind.
const passedOn = {
  SIGINT: 'SIGINT',
  SIGTERM: 'SIGTERM',
  SIGHUP: 'SIGTERM',
  SIGQUIT: 'SIGTERM',
} as const;

try {
  const dapr = await findDapr(process.env);
  if (dapr === undefined) {
    throw new DaprUnavailable(
      'There is no Dapr here yet. `pnpm start` builds it, or install it: https://docs.dapr.io/getting-started/install-dapr-cli/',
    );
  }
  runCli(dapr, process.argv.slice(2));
} catch (error) {
  if (!(error instanceof DaprUnavailable)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** Runs Dapr's CLI in this process's place: same terminal, same signals, same exit code. */
function runCli({ cli, root }: DaprRuntime, args: readonly string[]): void {
  const env = { ...process.env, DAPR_RUNTIME_PATH: root };
  const child = spawn(cli, args, { env, stdio: 'inherit' });
  // `dapr run` leaves the process group, so a terminal's Ctrl-C reaches this process alone.
  for (const [received, sent] of Object.entries(passedOn)) {
    process.on(received, () => child.kill(sent));
  }
  child.once('error', (error) => {
    console.error(`${cli} did not start: ${error.message}`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
}
