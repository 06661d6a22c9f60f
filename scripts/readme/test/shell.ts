import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { needRuntime } from '../../live/runtime.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** What a reader's terminal has: Dapr's CLI and pnpm on the PATH, and no key. */
function terminal(variables: Record<string, string>): NodeJS.ProcessEnv {
  const { OPENAI_API_KEY, GEMINI_API_KEY, OPENAI_BASE_URL, ...env } = process.env;
  const { cli, root: runtimePath } = needRuntime();
  return {
    ...env,
    PATH: `${path.dirname(cli)}:${env['PATH']}`,
    DAPR_RUNTIME_PATH: runtimePath,
    DAPR_HOST_IP: '127.0.0.1',
    npm_config_prefer_offline: 'true',
    ...variables,
  };
}

export interface Running {
  process: ChildProcess;
  output(): string;
  /** Waits for a text in the output. Throws when the command ends before, or takes too long. */
  prints(text: string | RegExp, timeoutMs?: number): Promise<void>;
  /** Waits for the end, and says how it was. */
  ended(timeoutMs?: number): Promise<number | null>;
  /** Ctrl-C: the terminal signals the whole foreground process group. */
  interrupt(): Promise<number | null>;
}

const kills = new Set<() => void>();
process.once('exit', endAll);

/** Ends every command that is still running, at once. */
export function endAll(): void {
  for (const kill of kills) kill();
  kills.clear();
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Types a command into a shell in the project's folder. */
export function type(command: string, variables: Record<string, string> = {}): Running {
  const line = command.replaceAll(/(?<![\w@-])pnpm (?=\w)/g, 'npx -y pnpm@12 ');
  const child = spawn('bash', ['-c', line], {
    cwd: root,
    env: terminal(variables),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const killGroup = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch (error) {
      const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
      if (!isGone) throw error;
    }
  };
  const kill = () => killGroup('SIGKILL');
  kills.add(kill);

  child.once('exit', () => child.emit('printed'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      child.emit('printed');
    });
  }

  const ended = async (timeoutMs = 30_000) => {
    if (!hasEnded(child)) {
      await once(child, 'exit', { signal: AbortSignal.timeout(timeoutMs) }).catch(() => {
        kill();
        throw new Error(`Not at an end after ${timeoutMs} ms: ${command}\n${output}`);
      });
    }
    return child.exitCode;
  };

  return {
    process: child,
    output: () => output,
    ended,
    async prints(text, timeoutMs = 60_000) {
      const signal = AbortSignal.timeout(timeoutMs);
      const isThere = () => (typeof text === 'string' ? output.includes(text) : text.test(output));
      while (!isThere()) {
        if (hasEnded(child) || signal.aborted) {
          throw new Error(`"${text}" was not printed by: ${command}\n${output}`);
        }
        await once(child, 'printed', { signal }).catch(() => {});
      }
    },
    async interrupt() {
      killGroup('SIGINT');
      return ended();
    },
  };
}
