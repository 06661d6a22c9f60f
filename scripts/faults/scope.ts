import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createOwnProcesses } from '../start/own-processes.ts';

/** What a run has started: none of it outlives the run, nor this process. */
export interface Scope {
  /** For files; removed at the end. */
  folder: string;
  /** Counts in a process and what comes from it. */
  add(pid: number): void;
  /** Ends all processes and removes the folder. */
  end(): Promise<void>;
}

/** A scope that a process of its own watches, so that it ends even where this process is killed. */
export function openScope(): Scope {
  const folder = mkdtempSync(path.join(tmpdir(), 'faults-'));
  const own = createOwnProcesses();
  const guardian = spawn(process.execPath, [path.join(import.meta.dirname, 'guardian.ts')], {
    // In a session of its own, where a Ctrl-C does not reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const tell = (started: object) => guardian.stdin.write(`${JSON.stringify(started)}\n`);
  tell({ folder });

  return {
    folder,
    add(pid) {
      own.add(pid);
      tell({ pid });
    },
    async end() {
      const ended = once(guardian, 'exit');
      // Nothing is lost with them, and one that is stopped would not heed SIGTERM.
      await own.end(0);
      rmSync(folder, { recursive: true, force: true });
      guardian.stdin.end();
      await ended;
    },
  };
}
