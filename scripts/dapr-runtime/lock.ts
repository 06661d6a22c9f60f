import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';

export interface Lock {
  release(): void;
}

/**
 * Takes a lock that one process of this machine holds at a time. It is SQLite's lock on a file that
 * stays empty: the kernel gives it back when its holder dies, however it dies, so that there is no
 * stale lock to recognise. Resolves to undefined when `deadlineMs` passed; rejects with the signal's
 * reason. `onWait` gets the milliseconds waited so far, before each pause.
 */
export async function takeLock(
  path: string,
  options: {
    deadlineMs: number;
    signal: AbortSignal;
    onWait: (waitedMs: number) => void;
    pauseMs?: number;
  },
): Promise<Lock | undefined> {
  const { deadlineMs, signal, onWait, pauseMs = 500 } = options;
  const start = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const lock = tryLock(path);
    if (lock !== undefined) return lock;
    const waitedMs = performance.now() - start;
    if (waitedMs >= deadlineMs) return undefined;
    onWait(waitedMs);
    await setTimeout(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function tryLock(path: string): Lock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // In memory, since a journal would be a second file beside the lock.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}

function isBusy(error: unknown): boolean {
  const sqliteBusy = 5;
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}
