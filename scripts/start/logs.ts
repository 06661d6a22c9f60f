import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import type { App } from './multi-app-file.ts';
import type { PartName } from './parts.ts';

const TAIL_BYTES = 16_384;

/** Absolute path of the folder that Dapr's CLI writes an app's and its sidecar's logs to. */
export function logFolder({ directory }: App): string {
  return path.join(directory, '.dapr', 'logs');
}

/** The log file of a part of a run that started at `since`; none where it logs to the console. */
export function findLog(app: App, kind: PartName['kind'], since: Date): string | undefined {
  const prefix = `${app.id}_${kind === 'app' ? 'app' : 'daprd'}_`;
  const first = `${prefix}${timestamp(since)}`;
  try {
    const name = readdirSync(logFolder(app))
      .filter((entry) => entry.startsWith(prefix) && entry.endsWith('.log') && entry >= first)
      .toSorted()[0];
    return name === undefined ? undefined : path.join(logFolder(app), name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The last lines of a file that are not blank. */
export function lastLines(file: string, count: number): string[] {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const length = readSync(descriptor, tail, 0, tail.length, size - tail.length);
    const lines = tail.toString('utf8', 0, length).split('\n');
    // A tail that starts in the middle of the file starts in the middle of a line.
    if (size > tail.length) lines.shift();
    return lines.filter((line) => line.trim() !== '').slice(-count);
  } finally {
    closeSync(descriptor);
  }
}

// As Dapr's CLI names its log files: local time, to the second.
function timestamp(date: Date): string {
  const parts = [
    date.getMonth() + 1,
    date.getDate(),
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
  ];
  return `${date.getFullYear()}${parts.map((part) => String(part).padStart(2, '0')).join('')}`;
}
