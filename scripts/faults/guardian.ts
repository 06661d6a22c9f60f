import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createOwnProcesses } from '../start/own-processes.ts';

// Reads what was started, a line of JSON each, and removes all of it when its input ends: that is
// when the process that started it has ended, however that came about.
const own = createOwnProcesses();
const folders: string[] = [];

for await (const line of createInterface({ input: process.stdin })) {
  const started = JSON.parse(line) as { pid: number } | { folder: string };
  if ('pid' in started) own.add(started.pid);
  else folders.push(started.folder);
}
own.kill();
for (const folder of folders) rmSync(folder, { recursive: true, force: true });
