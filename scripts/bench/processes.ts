import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Failure } from '../start/failure.ts';

export interface ProcessOptions {
  /** For people, in messages. */
  name: string;
  command: string;
  args: string[];
  folder: string;
  env: Record<string, string>;
  /** Whether it takes orders over Node's IPC channel. */
  takesOrders?: boolean;
}

export interface RunningProcess {
  name: string;
  pid: number;
  /** Bytes that it has printed. */
  logSize(): number;
  /** What it has printed, from that byte on. */
  logFrom(start: number): string;
  /** Sends an order and waits for the report. Throws Failure where none comes in time. */
  ask<Report>(order: object, timeoutMs: number): Promise<Report>;
  stop(): Promise<void>;
}

/** The processes of a run, and a folder for what they write. */
export interface Processes {
  folder: string;
  /** Aborted with a Failure when one of them ends by itself. */
  broken: AbortSignal;
  start(options: ProcessOptions): RunningProcess;
  /** Ends all of them at once and removes the folder; also when called while this process exits. */
  end(): void;
}

export function createProcesses(): Processes {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-'));
  const children = new Set<ChildProcess>();
  const broken = new AbortController();
  let started = 0;

  return {
    folder,
    broken: broken.signal,

    start({ name, command, args, folder: cwd, env, takesOrders = false }) {
      started += 1;
      const logFile = path.join(folder, `${started}.log`);
      const output = openSync(logFile, 'a');
      const child = spawn(command, args, {
        cwd,
        env,
        stdio: ['ignore', output, output, takesOrders ? 'ipc' : 'ignore'],
      });
      closeSync(output);
      children.add(child);
      const fail = (what: string) => {
        if (!children.delete(child)) return;
        const lines = readFrom(logFile, 0).trimEnd().split('\n').slice(-10).join('\n');
        broken.abort(new Failure(`${name} ${what}. Its last lines:\n${lines}`));
      };
      child.once('error', (error) => fail(`cannot be started: ${error.message}`));
      child.once('exit', (code, signal) => fail(`ended by itself (${signal ?? `code ${code}`})`));

      return {
        name,
        pid: child.pid ?? 0,
        logSize: () => statSync(logFile).size,
        logFrom: (start) => readFrom(logFile, start),
        async ask<Report>(order: object, timeoutMs: number) {
          const signal = AbortSignal.any([broken.signal, AbortSignal.timeout(timeoutMs)]);
          const report = once(child, 'message', { signal });
          child.send(order);
          try {
            return (await report)[0] as Report;
          } catch (error) {
            broken.signal.throwIfAborted();
            throw new Failure(`${name} gave no report within ${timeoutMs} ms`, { cause: error });
          }
        },
        async stop() {
          if (!children.delete(child)) return;
          const ended = once(child, 'exit');
          child.kill('SIGKILL');
          await ended;
        },
      };
    },

    end() {
      for (const child of children) child.kill('SIGKILL');
      children.clear();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readFrom(file: string, start: number): string {
  const buffer = Buffer.alloc(Math.max(statSync(file).size - start, 0));
  const descriptor = openSync(file, 'r');
  try {
    const bytes = readSync(descriptor, buffer, 0, buffer.length, start);
    return buffer.toString('utf8', 0, bytes);
  } finally {
    closeSync(descriptor);
  }
}
