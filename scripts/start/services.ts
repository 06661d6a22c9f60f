import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ensureDapr } from '../dapr-runtime/ensure.ts';
import { startModel } from '../model/model.ts';
import { readableLines } from './app-line.ts';
import { type DaprRun, isStarted, startDaprRun } from './dapr-run.ts';
import { daprRunEnvironment, needsStandIn } from './environment.ts';
import { Failure } from './failure.ts';
import { displayName, type MultiAppFile, readMultiAppFile } from './multi-app-file.ts';
import type { Options } from './options.ts';
import type { OwnProcesses } from './own-processes.ts';
import { followParts } from './parts.ts';
import { looksForPlacement, PLACEMENT_PORT, startPlacement } from './placement.ts';
import { checkPorts, isFree } from './ports.ts';
import {
  healthChecks,
  type Invocation,
  invocationChecks,
  NotReady,
  waitUntilReady,
} from './readiness.ts';
import { startSecurity } from './secure.ts';
import { stopDaprRun } from './stop.ts';
import { readySummary } from './summary.ts';
import { logExcerpt, untilOver } from './supervise.ts';
import { type Variant, watchCommand, writeVariant } from './variant.ts';

const READY_MS = 30_000;
const CLI_MS = 3_000;
const LEFTOVERS_MS = 3_000;

/** The call that the project is about. */
const INVOCATION: Invocation = {
  caller: 'chat-service',
  callee: 'analytics-service',
  method: 'analytics/alice',
};

export interface Surroundings {
  env: NodeJS.ProcessEnv;
  output: NodeJS.WriteStream;
  /** Aborted when all is to stop. */
  signal: AbortSignal;
  own: OwnProcesses;
}

/**
 * Starts the services of a multi-app file beside their sidecars and keeps them until the end.
 * Resolves when somebody else has stopped them on purpose, as `dapr stop` does; rejects with the
 * signal's reason, or where a service ends by itself or the start fails. Nothing is left then.
 */
export async function runServices(options: Options, surroundings: Surroundings): Promise<void> {
  const { output, signal, own } = surroundings;
  const print = (line: string) => output.write(`${line}\n`);
  await using cleanups = new AsyncDisposableStack();

  const file = readMultiAppFile(options.file);
  await checkPorts(file);
  const dapr = await ensureDapr({ env: surroundings.env, output, signal });
  signal.throwIfAborted();
  print(`Dapr ${dapr.runtimeVersion} with CLI ${dapr.cliVersion} (${dapr.origin}).`);
  print(`Ports are those of ${displayName(file.path)}, the one place to change them.`);

  const variant = options.watch ? watchVariant(file, cleanups) : undefined;
  const standInUrl = needsStandIn(surroundings.env) ? await startStandIn(cleanups) : undefined;
  if (standInUrl !== undefined) {
    print(
      'No key is set: a stand-in model answers. OPENAI_API_KEY or GEMINI_API_KEY gets a real one.',
    );
  }
  cleanups.defer(() => own.end(LEFTOVERS_MS));
  const onStart = (pid: number) => own.add(pid);
  const security = options.secure
    ? await startSecurity(dapr, { env: surroundings.env, signal, onStart })
    : undefined;
  if (security) print(`Secured: mTLS, access control and tokens (${displayName(file.path)}).`);
  const env = { ...surroundings.env, ...security?.environment };
  if (looksForPlacement(dapr.cliVersion, file.apps)) {
    await startPlacementBeside(
      dapr.placement,
      { signal, onStart, flags: security?.placementFlags },
      print,
    );
  }

  print(`Starting ${file.apps.map(({ id }) => id).join(', ')} …`);
  let isReady = false;
  const run = await startDaprRun({
    cli: dapr.cli,
    file: variant?.path ?? file.path,
    env: daprRunEnvironment(env, { runtimeRoot: dapr.root, standInUrl }),
    onStart,
    onAppLine: (appId, text) => {
      if (!isReady) return;
      for (const line of readableLines(text)) print(`${appId} | ${line}`);
    },
  });
  const parts = followParts(run, file.apps, (part) => own.add(part.process));
  cleanups.defer(() => stopDaprRun(run, parts.seen(), file.apps));

  const stage = new AbortController();
  cleanups.defer(() => stage.abort());
  const running = AbortSignal.any([signal, stage.signal]);
  const over = untilOver(run, parts, file.apps, running);
  const ready = untilReady(run, file, env, running);
  await Promise.race([over, ready]);
  if (run.isStopRequested()) return;

  // Dapr's CLI has read it, and a kill of this process could not remove it.
  variant?.remove();
  isReady = true;
  const seconds = performance.now() / 1_000;
  print(readySummary(file, { seconds, stopCommand: stopCommand(options, file, env) }));
  await over;
}

function watchVariant(file: MultiAppFile, cleanups: AsyncDisposableStack): Variant {
  const variant = writeVariant(file, (app) => ({ command: watchCommand(app) }));
  cleanups.defer(variant.remove);
  // Also where a second Ctrl-C cuts the cleaning up short.
  process.once('exit', variant.remove);
  return variant;
}

async function startStandIn(cleanups: AsyncDisposableStack): Promise<string> {
  const model = await startModel();
  cleanups.defer(() => model.close());
  return model.baseUrl;
}

async function startPlacementBeside(
  executable: string | undefined,
  how: { signal: AbortSignal; onStart: (pid: number) => void; flags: string[] | undefined },
  print: (line: string) => void,
): Promise<void> {
  // One that listens already serves these sidecars as well.
  if (!(await isFree(PLACEMENT_PORT))) return;
  try {
    if (executable === undefined) throw new Error('this Dapr comes without it');
    await startPlacement(executable, how);
  } catch (error) {
    how.signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    print(
      `Without Dapr's placement service: ${reason}. The sidecars' logs will repeat an error about it, which does no harm.`,
    );
  }
}

async function untilReady(
  run: DaprRun,
  file: MultiAppFile,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const stages = [healthChecks(file.apps), invocationChecks(file.apps, INVOCATION)];
  try {
    await waitUntilReady(stages, { deadlineMs: READY_MS, signal, token: env['DAPR_API_TOKEN'] });
    // Only then does `dapr list` show everything, and the CLI heed a signal.
    const deadline = Date.now() + CLI_MS;
    while (!isStarted(run, file.apps) && Date.now() < deadline) {
      await pause(25, undefined, { signal });
    }
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    const excerpts = error.failures.map((part) => logExcerpt(part, run, file.apps));
    throw new Failure([error.message, ...excerpts].join('\n'), { cause: error });
  }
}

// `dapr stop` knows a run by its file, and sends no API token when it asks the sidecars for it.
function stopCommand(options: Options, file: MultiAppFile, env: NodeJS.ProcessEnv): string {
  if (options.watch || env['DAPR_API_TOKEN']) return `kill ${process.pid}`;
  const isDefaultName = path.basename(file.path) === 'dapr.yaml';
  const target = isDefaultName ? path.dirname(file.path) : file.path;
  return `pnpm dapr stop -f ${displayName(target)}`;
}
