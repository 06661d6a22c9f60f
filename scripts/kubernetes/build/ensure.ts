import { access, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../../dapr-runtime/cache.ts';
import { DaprUnavailable } from '../../dapr-runtime/dapr-unavailable.ts';
import { freeBytes, hasCode, removeTree, sizeOf } from '../../dapr-runtime/disk.ts';
import { goEnvironment, requireGo } from '../../dapr-runtime/go.ts';
import { type Lock, takeLock } from '../../dapr-runtime/lock.ts';
import { minutes, type Output } from '../../dapr-runtime/progress.ts';
import { GoFailed } from '../../dapr-runtime/run-go.ts';
import type { ClusterPrograms } from '../cluster.ts';
import { compile, usualSeconds } from './compile.ts';
import { ControlPlaneUnavailable } from './control-plane-unavailable.ts';
import { programNames, readPins } from './programs.ts';

// Measured: 1.9 GB of modules, 5.3 GB of what Go compiled of them, 0.7 GB of programs.
const neededBytes = 8.5e9;
const waitDeadlineMs = 60 * 60_000;

/**
 * Finds the control plane's programs in the user's cache, else builds them there, once for this
 * machine. Throws ControlPlaneUnavailable, or the signal's reason.
 */
export async function ensurePrograms(options: {
  env: NodeJS.ProcessEnv;
  output: Output;
  signal: AbortSignal;
  /** Bytes free on the disk of a folder. */
  free?: (folder: string) => Promise<number>;
}): Promise<ClusterPrograms> {
  const { env, output, signal, free = freeBytes } = options;
  const pins = await readPins();
  const base = cacheFolder(env);
  const target = join(base, pins.key);
  if (await isComplete(target)) return programsIn(target);

  const go = await requireGo(env, pins.goVersion).catch((cause: unknown) => {
    if (!(cause instanceof DaprUnavailable)) throw cause;
    throw new ControlPlaneUnavailable(
      `The control plane is built by Go ${pins.goVersion} or newer, which is not here: https://go.dev/dl/`,
      { cause },
    );
  });
  await mkdir(base, { recursive: true });
  const work = `${target}.build`;
  const lock = await waitForLock(join(base, 'kubernetes-build.lock'), output, signal);
  try {
    if (await isComplete(target)) return programsIn(target);
    const result = join(work, 'result');
    for (const folder of [result, join(work, 'tmp')]) await removeTree(folder);
    const missing = neededBytes - (await sizeOf(work));
    const available = await free(base);
    if (available < missing) {
      throw new ControlPlaneUnavailable(
        `Building the control plane needs ${gigabytes(missing)} of disk until it is done: ${gigabytes(available)} are free for ${base}. Free some, or set XDG_CACHE_HOME to a folder on a larger disk.`,
      );
    }
    for (const folder of [join(result, 'bin'), join(work, 'tmp')]) {
      await mkdir(folder, { recursive: true });
    }
    output.write(
      `No Kubernetes control plane here: building it, once on this machine. It takes about ${Math.ceil(usualSeconds / 60)} minutes on two cores, and ${gigabytes(neededBytes)} of disk until it is done.\n`,
    );
    const start = performance.now();
    const log = join(work, 'build.log');
    await compile({
      go: go.path,
      env: goEnvironment(env, work),
      modules: join(work, 'mod'),
      result,
      log,
      signal,
      output,
    }).catch((cause: unknown) => {
      if (!(cause instanceof GoFailed)) throw cause;
      const last = cause.lines.slice(-12).map((line) => `  ${line}`);
      throw new ControlPlaneUnavailable(
        [
          `The control plane could not be built: ${cause.message}.`,
          ...last,
          `All of Go's output: ${log}. Mend that, then run this again: what was fetched and compiled is kept.`,
        ].join('\n'),
        { cause },
      );
    });
    await removeTree(target);
    await rename(result, target);
    await removeTree(work);
    output.write(
      `The control plane is built, in ${minutes(performance.now() - start)}: ${target}\n`,
    );
    return programsIn(target);
  } catch (cause) {
    if (hasCode(cause, 'ENOSPC')) {
      throw new ControlPlaneUnavailable(`The disk is full. Free some space; ${work} can go.`, {
        cause,
      });
    }
    throw cause;
  } finally {
    lock.release();
  }
}

function programsIn(folder: string): ClusterPrograms {
  return {
    bin: join(folder, 'bin'),
    chart: join(folder, 'dapr-chart'),
    stages: join(folder, 'kwok-stages.yaml'),
  };
}

async function isComplete(folder: string): Promise<boolean> {
  const { bin, chart, stages } = programsIn(folder);
  const files = [...programNames.map((name) => join(bin, name)), chart, stages];
  try {
    await Promise.all(files.map((file) => access(file)));
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function waitForLock(path: string, output: Output, signal: AbortSignal): Promise<Lock> {
  let told = false;
  const onWait = () => {
    if (!told) output.write('Another process is building the control plane: waiting for it.\n');
    told = true;
  };
  const lock = await takeLock(path, { deadlineMs: waitDeadlineMs, signal, onWait });
  if (lock !== undefined) return lock;
  throw new ControlPlaneUnavailable(
    `Another process has been building the control plane for more than ${minutes(waitDeadlineMs)}. End it, then run this again.`,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
