import { setTimeout as pause } from 'node:timers/promises';
import { familyOf, findProcess, listProcesses, type Process, signalProcess } from './processes.ts';

const KILLED_MS = 2_000;

/** The processes that this one has started, directly or not, so that none outlives it. */
export interface OwnProcesses {
  /** Counts in a process and all that comes from it. */
  add(root: number | Process): void;
  /** Ends those that still run: SIGTERM, then SIGKILL after `graceMs`. */
  end(graceMs: number): Promise<void>;
  /** Ends those that still run at once, for a process that is about to exit. */
  kill(): void;
}

export function createOwnProcesses(): OwnProcesses {
  const roots: Process[] = [];
  const remaining = () => (roots.length === 0 ? [] : familyOf(roots, listProcesses()));
  const signalAll = (signal: NodeJS.Signals) => {
    for (const { pid } of remaining()) signalProcess(pid, signal);
  };
  const areGone = async (withinMs: number) => {
    const deadline = Date.now() + withinMs;
    while (remaining().length > 0) {
      if (Date.now() > deadline) return false;
      await pause(50);
    }
    return true;
  };

  return {
    add(root) {
      const found = typeof root === 'number' ? findProcess(root) : root;
      if (found !== undefined) roots.push(found);
    },
    async end(graceMs) {
      signalAll('SIGTERM');
      if (!(await areGone(graceMs))) signalAll('SIGKILL');
      if (await areGone(KILLED_MS)) return;
      const pids = remaining().map(({ pid }) => pid);
      throw new Error(`Some processes outlive SIGKILL: ${pids.join(' ')}.`);
    },
    kill() {
      // Again for what was started between the look and the signal.
      for (let round = 0; round < 3 && remaining().length > 0; round += 1) signalAll('SIGKILL');
    },
  };
}
