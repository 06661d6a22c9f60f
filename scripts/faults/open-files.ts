import { readdirSync, readlinkSync } from 'node:fs';

export interface OpenFiles {
  sockets: number;
  /** Sockets included. */
  all: number;
}

/** Open files of a process, its sockets among them. */
export function openFiles(pid: number): OpenFiles {
  const folder = `/proc/${pid}/fd`;
  const targets = readdirSync(folder).flatMap((name) => {
    try {
      return [readlinkSync(`${folder}/${name}`)];
    } catch {
      // Closed meanwhile.
      return [];
    }
  });
  const sockets = targets.filter((target) => target.startsWith('socket:')).length;
  return { sockets, all: targets.length };
}

/** Whether this system tells what files a process has open: Linux does. */
export const tellsOpenFiles = process.platform === 'linux';
