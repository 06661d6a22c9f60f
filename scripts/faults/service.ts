import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { statusOf, waitUntil } from '../live/sidecar-process.ts';
import type { Part } from './part.ts';
import type { Scope } from './scope.ts';

const projectRoot = path.resolve(import.meta.dirname, '../..');

/** Lines that are kept of a log. */
const maxLines = 50_000;

/** One line of a service's log, as pino writes it. */
export interface LogLine {
  level: number;
  msg: string;
  requestId?: string;
  reason?: string;
  status?: number;
  method?: string;
  url?: string;
}

/** chat-service or analytics-service as a process, as `dapr run` starts it. */
export interface Service extends Part {
  port: number;
  /** What it has logged, all starts together. */
  lines(): readonly LogLine[];
  /** What it has printed beside its log: warnings of Node's, an error on its way out. */
  complaints(): string;
}

export type ServiceName = 'chat-service' | 'analytics-service';

export interface ServiceOptions {
  name: ServiceName;
  port: number;
  env?: Record<string, string>;
}

/** A service that is not started yet. */
export function createService(scope: Scope, { name, port, env }: ServiceOptions): Service {
  let child: ChildProcess | undefined;
  const lines: LogLine[] = [];
  let complaints = '';

  const running = () => {
    if (child?.pid === undefined) throw new Error(`${name} has not been started`);
    return { child, pid: child.pid };
  };
  const isRunning = () => child !== undefined && child.exitCode === null && !child.signalCode;

  return {
    name,
    port,
    pid: () => running().pid,
    isRunning,
    lines: () => lines,
    complaints: () => complaints,
    async start() {
      const started = spawn(process.execPath, ['src/server.ts'], {
        cwd: path.join(projectRoot, name),
        env: { ...baseEnvironment(), APP_PORT: String(port), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      if (started.pid !== undefined) scope.add(started.pid);
      createInterface({ input: started.stdout }).on('line', (text) => {
        lines.push(parseLine(text));
        if (lines.length > maxLines) lines.shift();
      });
      started.stderr.setEncoding('utf8').on('data', (text: string) => {
        complaints = (complaints + text).slice(-20_000);
      });
      await waitUntil(`${name} answers on port ${port}`, async () => {
        if (!isRunning()) throw new Error(`${name} ended at its start:\n${complaints}`);
        return (await statusOf(`http://127.0.0.1:${port}/health`)) === 200;
      });
    },
    signal: (signal) => void running().child.kill(signal),
    async end(signal = 'SIGKILL') {
      if (!isRunning()) return;
      const ended = once(running().child, 'exit', { signal: AbortSignal.timeout(20_000) });
      running().child.kill(signal);
      await ended;
    },
  };
}

function parseLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { level: 0, msg: text };
  }
}

/** Nothing of this process's own that would configure a service. */
function baseEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), NODE_ENV: 'production' };
}
