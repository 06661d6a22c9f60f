import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { readConsoleLine, saysStopRequested, startedApp } from './console.ts';
import type { App } from './multi-app-file.ts';

const KEPT_LINES = 20;
const LAST_WORDS_MS = 250;

/** A `dapr run -f` that was started here, in a session of its own. */
export interface DaprRun {
  pid: number;
  startedAt: Date;
  /** What the CLI itself said last. */
  lines: readonly string[];
  /** What an app printed last. */
  linesOf(appId: string): readonly string[];
  /** Ids of the apps that the CLI has started, its sidecar's metadata included. */
  startedApps: ReadonlySet<string>;
  /** Whether the CLI stops because somebody asked it to. */
  isStopRequested(): boolean;
  isRunning(): boolean;
  /** Resolves when the CLI has ended and what it said has been read. */
  ended: Promise<Ending>;
}

export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Whether the CLI is done with starting, and waits for a signal. */
export function isStarted(run: Pick<DaprRun, 'startedApps'>, apps: readonly App[]): boolean {
  return apps.every(({ id }) => run.startedApps.has(id));
}

/**
 * Runs a multi-app file. `onStart` gets the CLI's PID at once, `onAppLine` each line of an app.
 * Rejects where the CLI cannot be executed.
 */
export async function startDaprRun(options: {
  cli: string;
  file: string;
  env: NodeJS.ProcessEnv;
  onStart: (pid: number) => void;
  onAppLine: (appId: string, text: string) => void;
}): Promise<DaprRun> {
  const startedAt = new Date();
  // Detached: a Ctrl-C at the terminal must not reach it ahead of the orderly stop.
  const child = spawn(options.cli, ['run', '-f', options.file], {
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) options.onStart(child.pid);
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', async (code, signal) => {
      // Its last words may still be on their way; an orphan of it may keep the pipe open.
      await Promise.race([closed, pause(LAST_WORDS_MS)]);
      resolve({ code, signal });
    });
  });

  const lines: string[] = [];
  const appLines = new Map<string, string[]>();
  const startedApps = new Set<string>();
  let stopRequested = false;
  const read = (stream: Readable) => {
    createInterface({ input: stream }).on('line', (raw) => {
      const line = readConsoleLine(raw);
      if (line.from === 'app') {
        const kept = appLines.get(line.appId) ?? [];
        appLines.set(line.appId, [...kept, line.text].slice(-KEPT_LINES));
        options.onAppLine(line.appId, line.text);
        return;
      }
      if (line.text.trim() !== '') lines.push(line.text);
      if (lines.length > KEPT_LINES) lines.shift();
      stopRequested ||= saysStopRequested(line.text);
      const app = startedApp(line.text);
      if (app !== undefined) startedApps.add(app);
    });
  };
  read(child.stdout);
  read(child.stderr);

  await once(child, 'spawn');
  if (child.pid === undefined) throw new Error(`${options.cli} has started without a PID.`);
  return {
    pid: child.pid,
    startedAt,
    lines,
    linesOf: (appId) => appLines.get(appId) ?? [],
    startedApps,
    isStopRequested: () => stopRequested,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    ended,
  };
}
