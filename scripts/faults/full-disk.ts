import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { freePorts } from '../live/ports.ts';
import { statusOf, waitUntil } from '../live/sidecar-process.ts';
import { openScope } from './scope.ts';

// Runs in a mount namespace of its own: its log lies on a disk that nobody else has, of 16 KB.
// Prints a report as JSON.
const scope = openScope();
const disk = path.join(scope.folder, 'disk');
mkdirSync(disk);
try {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'none', disk]);
  const log = path.join(disk, 'log');
  const output = openSync(log, 'a');
  const [port = 0] = await freePorts(1);
  const service = spawn(process.execPath, ['src/server.ts'], {
    cwd: path.resolve(import.meta.dirname, '../../chat-service'),
    env: {
      NODE_ENV: 'production',
      APP_PORT: String(port),
      // Nobody is asked: users are chat-service's own matter.
      OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
    },
    stdio: ['ignore', output, output],
  });
  if (service.pid !== undefined) scope.add(service.pid);
  const ask = async () => (await statusOf(`http://127.0.0.1:${port}/users/alice`)) ?? 0;
  await waitUntil('chat-service answers', async () => (await ask()) === 200);

  // About 250 bytes a line: full after 65.
  const during: number[] = [];
  while (during.length < 150 && !during.includes(0)) during.push(await ask());
  truncateSync(log);
  const after = await ask();
  const lostLines = readFileSync(log, 'utf8').includes('log lines were lost');
  const running = service.exitCode === null && service.signalCode === null;
  console.log(JSON.stringify({ during, after, running, lostLines }));
} finally {
  spawnSync('umount', ['--lazy', disk]);
  await scope.end();
}
