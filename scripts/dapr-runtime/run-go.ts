import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { hasCode } from './disk.ts';

const silenceDeadlineMs = 15 * 60_000;
const killAfterMs = 3_000;
const keptLines = 400;

/** Go ended with an error, or said nothing for too long. */
export class GoFailed extends Error {
  override name = 'GoFailed';
  /** The last lines that Go wrote to its standard error. */
  readonly lines: readonly string[];

  constructor(message: string, lines: readonly string[]) {
    super(message);
    this.lines = lines;
  }
}

/**
 * Runs Go and gives each line of its standard error to `onLine`. Rejects with GoFailed, with the
 * signal's reason, or with what `onLine` threw; by then no process that Go started is left.
 */
export async function runGo(
  path: string,
  args: readonly string[],
  options: {
    cwd: string;
    env: NodeJS.ProcessEnv;
    signal: AbortSignal;
    onLine: (line: string) => void;
    silenceMs?: number;
  },
): Promise<void> {
  const { cwd, env, signal, onLine, silenceMs = silenceDeadlineMs } = options;
  signal.throwIfAborted();
  // A process group of its own, so that Go's compilers end with it. Standard error is a pipe, since
  // Go then also ends when this process is gone: its next line has no reader.
  const child = spawn(path, args, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const {
    promise: closed,
    resolve,
    reject,
  } = Promise.withResolvers<[number | null, string | null]>();
  child.once('error', reject);
  child.once('close', (code, killedBy) => resolve([code, killedBy]));

  let failure: { reason: unknown } | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  const killGroup = (how: NodeJS.Signals) => {
    if (child.pid !== undefined) signalGroup(child.pid, how);
  };
  const stop = (reason: unknown) => {
    failure ??= { reason };
    killGroup('SIGTERM');
    killTimer ??= setTimeout(() => killGroup('SIGKILL'), killAfterMs);
  };
  const onAbort = () => stop(signal.reason);
  const onExit = () => killGroup('SIGKILL');
  const lines: string[] = [];
  const onSilence = () =>
    stop(new GoFailed(`Go said nothing for ${silenceMs / 60_000} minutes`, lines));
  const silence = setTimeout(onSilence, silenceMs);
  signal.addEventListener('abort', onAbort, { once: true });
  process.once('exit', onExit);

  createInterface({ input: child.stderr }).on('line', (line) => {
    silence.refresh();
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    try {
      onLine(line);
    } catch (error) {
      stop(error);
    }
  });

  try {
    const [code, killedBy] = await closed;
    if (failure !== undefined) throw failure.reason;
    if (code !== 0) throw new GoFailed(`Go ended with ${killedBy ?? `exit code ${code}`}`, lines);
  } finally {
    clearTimeout(silence);
    clearTimeout(killTimer);
    signal.removeEventListener('abort', onAbort);
    process.removeListener('exit', onExit);
    if (failure !== undefined) killGroup('SIGKILL');
  }
}

function signalGroup(pid: number, how: NodeJS.Signals): void {
  try {
    process.kill(-pid, how);
  } catch (error) {
    // Nobody is left in the group; macOS says EPERM where all that is left are zombies.
    if (!hasCode(error, 'ESRCH', 'EPERM')) throw error;
  }
}
