import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DaprUnavailable, ensureDapr } from '../dapr-runtime/ensure.ts';

/**
 * `pnpm test [vitest's arguments]`: all tests, with real sidecars. Builds Dapr where there is none.
 * Without Dapr and without a way to get it the live tests are skipped, which in CI is a failure.
 */
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort(signal));
}

const env = { ...process.env };
try {
  const runtime = await ensureDapr({
    env: process.env,
    output: process.stderr,
    signal: interrupted.signal,
  });
  env['DAPR_RUNTIME_PATH'] = runtime.root;
  console.error(
    `Dapr ${runtime.runtimeVersion} (CLI ${runtime.cliVersion}), from ${runtime.origin}`,
  );
} catch (error) {
  if (interrupted.signal.aborted) process.exit(130);
  if (!(error instanceof DaprUnavailable)) throw error;
  console.error(error.message);
  if (process.env['CI'] === 'true') {
    console.error('In CI the tests that need Dapr may not be skipped.');
    process.exit(1);
  }
  console.error('Without it, the tests that need Dapr are skipped.');
}

const vitest = spawn('vitest', ['run', ...process.argv.slice(2)], { env, stdio: 'inherit' });
interrupted.signal.addEventListener('abort', () => vitest.kill(interrupted.signal.reason));
const [exitCode] = await once(vitest, 'exit');
process.exitCode = exitCode ?? 130;
