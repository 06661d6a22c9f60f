import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const commandDeadlineMs = 30_000;
const pollEveryMs = 100;

export interface StartedProcess {
  name: string;
  child: ChildProcess;
  /** Where its standard output and error go. */
  log: string;
}

/** Starts a program that runs on; its output goes to `<folder>/<name>.log`. */
export function start(
  name: string,
  command: string,
  args: readonly string[],
  options: { folder: string; env?: NodeJS.ProcessEnv; cwd?: string },
): StartedProcess {
  const { folder, env = process.env, cwd = folder } = options;
  const log = join(folder, `${name}.log`);
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = createWriteStream(log);
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  child.once('error', (error) => output.write(`${command} did not start: ${error.message}\n`));
  return { name, child, log };
}

/** Runs a program to its end and returns what it printed. Throws with what it said where it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<string> {
  const { env = process.env, input } = options;
  const limits = { timeout: commandDeadlineMs, maxBuffer: 64 * 1024 * 1024 };
  const running = promisify(execFile)(command, args, { env, ...limits });
  if (input !== undefined) running.child.stdin?.end(input);
  const { stdout } = await running.catch((cause: { stderr?: string; message: string }) => {
    const said = cause.stderr?.trim() || cause.message;
    throw new Error(`${command} ${args.join(' ')}: ${said}`, { cause });
  });
  return stdout;
}

/**
 * Asks until the answer is neither undefined nor false. Throws after `deadlineMs`, or as soon as
 * one of `needs` has ended, with the last lines of its log.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  options: { deadlineMs: number; needs?: readonly StartedProcess[] },
): Promise<T> {
  const { deadlineMs, needs = [] } = options;
  const end = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    const answer = await ask().catch((error: unknown) => {
      last = error;
      return undefined;
    });
    if (answer !== undefined && answer !== false) return answer;
    for (const { name, child, log } of needs) {
      if (child.exitCode === null && child.signalCode === null) continue;
      throw new Error(`${name} ended before: ${what}\n${await tail(log)}`);
    }
    if (performance.now() > end) {
      const logs = await Promise.all(needs.map(async ({ log }) => tail(log)));
      const reason = last instanceof Error ? `\n${last.message}` : '';
      throw new Error(`Not within ${deadlineMs / 1000} s: ${what}${reason}\n${logs.join('\n')}`);
    }
    await pause(pollEveryMs);
  }
}

async function tail(log: string): Promise<string> {
  return `${log}:\n${(await readFile(log, 'utf8')).split('\n').slice(-15).join('\n')}`;
}
