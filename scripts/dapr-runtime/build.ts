import { access, constants, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { compileDapr, phaseEnds, usualSeconds } from './compile.ts';
import { DaprUnavailable } from './dapr-unavailable.ts';
import { freeBytes, hasCode, removeTree, sizeOf } from './disk.ts';
import { findBuiltDapr } from './find.ts';
import { type Go, goEnvironment, requireGo } from './go.ts';
import { diskFull, explainGoFailure } from './go-failure.ts';
import { type Lock, takeLock } from './lock.ts';
import { type Pins, readPins } from './modules.ts';
import { createProgress, minutes, type Output } from './progress.ts';
import { GoFailed } from './run-go.ts';
import type { DaprRuntime } from './runtime.ts';

// Measured: 7.5 GB while daprd is linked; half of it fetched modules, the rest what Go makes of them.
const neededBytes = 8e9;
const waitDeadlineMs = 60 * 60_000;
const noticeEveryMs = 60_000;

export interface BuildOptions {
  env: NodeJS.ProcessEnv;
  output: Output;
  signal: AbortSignal;
  /** Bytes free on the disk of a folder. */
  free?: (folder: string) => Promise<number>;
}

/**
 * Builds the pinned Dapr into the user's cache, once per machine; another process that builds it at
 * the same time is waited for. Rejects with DaprUnavailable or the signal's reason.
 */
export async function buildDapr(options: BuildOptions): Promise<DaprRuntime> {
  const { env } = options;
  const pins = await readPins();
  const go = await requireGo(env, pins.goVersion);
  const base = cacheFolder(env);
  const target = join(base, pins.key);
  const work = `${target}.build`;
  await makeWritable(base);
  const lock = await waitForLock(join(base, 'build.lock'), logIn(work), options);
  try {
    const built = await findBuiltDapr(target, env);
    if ('root' in built) return built;
    await buildInto(target, work, { ...options, go, pins });
    const result = await findBuiltDapr(target, env);
    if ('root' in result) return result;
    throw new DaprUnavailable(`Dapr was built, but ${result.problem}.`);
  } catch (error) {
    if (error instanceof GoFailed) {
      throw new DaprUnavailable(explainGoFailure(error, work, logIn(work)), { cause: error });
    }
    if (hasCode(error, 'ENOSPC')) throw new DaprUnavailable(diskFull(work), { cause: error });
    if (hasCode(error, 'EACCES', 'EPERM')) {
      throw new DaprUnavailable(
        `Dapr could not be built (${error}). Delete ${work} and ${target}, or make them yours, then run this again.`,
        { cause: error },
      );
    }
    throw error;
  } finally {
    lock.release();
  }
}

async function buildInto(
  target: string,
  work: string,
  options: BuildOptions & { go: Go; pins: Pins },
): Promise<void> {
  const { env, output, signal, free = freeBytes, go, pins } = options;
  const result = join(work, 'result');
  const bin = join(result, '.dapr', 'bin');
  const unfinished = [join(work, 'tmp'), result];
  await Promise.all(unfinished.map(removeTree));
  const kept = (await sizeOf(join(work, 'mod'))) + (await sizeOf(join(work, 'compiled')));
  await mkdir(bin, { recursive: true });
  await mkdir(join(work, 'tmp'));
  await requireSpace(work, neededBytes - kept, free);

  announce(output, { go, pins, goesOn: kept > 0 });
  const start = performance.now();
  const progress = createProgress(output, phaseEnds);
  try {
    const { versions } = pins;
    const buildEnv = goEnvironment(env, work);
    const log = logIn(work);
    const compiled = { go: go.path, env: buildEnv, versions, folder: bin, log, signal, progress };
    await compileDapr(compiled);
    const check = await findBuiltDapr(result, env);
    if ('problem' in check) throw new DaprUnavailable(`Dapr was built, but ${check.problem}.`);
    await replace(target, result, join(work, 'replaced'));
    progress.show('removing what was fetched', '', usualSeconds);
    await removeTree(work).catch((error: unknown) => {
      progress.close();
      output.write(`Dapr is built, but ${work} could not be removed (${error}): delete it.\n`);
    });
  } catch (error) {
    progress.close();
    await Promise.all(unfinished.map(removeTree));
    if (signal.aborted) {
      output.write(`Stopped building Dapr. The next attempt goes on from what is in ${work}\n`);
    }
    throw error;
  } finally {
    progress.close();
  }
  output.write(`Dapr is built, in ${minutes(performance.now() - start)}: ${target}\n`);
}

function announce(
  output: Output,
  { go, pins, goesOn }: { go: Go; pins: Pins; goesOn: boolean },
): void {
  const [runtime, cli] = pins.versions;
  const intent = goesOn ? 'Going on with the build of' : 'No Dapr here: building';
  const how = go.switches
    ? `Go ${pins.goVersion}, which Go ${go.version} fetches`
    : `Go ${go.version}`;
  output.write(
    `${intent} Dapr ${runtime} and its CLI ${cli}, once on this machine, with ${how}. ` +
      `It takes about ${Math.ceil(usualSeconds / 60)} minutes on two cores, 0.8 GB to fetch and ${gigabytes(neededBytes)} of disk until it is done.\n`,
  );
}

async function waitForLock(path: string, log: string, options: BuildOptions): Promise<Lock> {
  let noticeAtMs = 0;
  const onWait = (waitedMs: number) => {
    if (waitedMs < noticeAtMs) return;
    noticeAtMs = waitedMs + noticeEveryMs;
    options.output.write(
      `Another process is building Dapr: waiting for it, ${minutes(waitedMs)} so far (its log: ${log})\n`,
    );
  };
  const { signal } = options;
  const lock = await takeLock(path, { deadlineMs: waitDeadlineMs, signal, onWait }).catch(
    (cause: unknown) => {
      signal.throwIfAborted();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DaprUnavailable(
        `Dapr cannot be built here: ${path} cannot be locked (${reason}). Delete that file, or make it yours, then run this again.`,
        { cause },
      );
    },
  );
  if (lock !== undefined) return lock;
  throw new DaprUnavailable(
    `Another process has been building Dapr for more than ${minutes(waitDeadlineMs)}. Look at ${log}, end that process, then run this again.`,
  );
}

async function makeWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DaprUnavailable(
      `There is no Dapr here, and the folder to build it in cannot be written (${reason}). Make it writable, or set XDG_CACHE_HOME to a folder that is.`,
      { cause },
    );
  }
}

async function requireSpace(
  folder: string,
  bytes: number,
  free: (folder: string) => Promise<number>,
): Promise<void> {
  const available = await free(folder);
  if (available >= bytes) return;
  throw new DaprUnavailable(
    `There is no Dapr here, and building it needs ${gigabytes(bytes)} of disk until it is done: ${gigabytes(available)} are free for ${folder}. Free some, or set XDG_CACHE_HOME to a folder on a larger disk.`,
  );
}

/** The move that makes the build visible: one rename, onto nothing. */
async function replace(target: string, result: string, aside: string): Promise<void> {
  await removeTree(aside);
  await rename(target, aside).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
  await rename(result, target);
}

function logIn(work: string): string {
  return join(work, 'build.log');
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1).replace('.0', '')} GB`;
}
