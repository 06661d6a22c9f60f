import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const serviceFolder = fileURLToPath(new URL('..', import.meta.url));

/** A service must not outlive tests that are killed and so cannot kill it. */
const endWithTheTests = 'data:text/javascript,process.on("disconnect",()=>process.exit(1))';

/** Starts the service as a process of its own; it is killed after the test. */
function spawnService(env: NodeJS.ProcessEnv, cwd: string): ChildProcess {
  const child = spawn(process.execPath, ['--import', endWithTheTests, 'src/server.ts'], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** Starts a service that cannot start, and returns what it says. */
export async function runService(env: NodeJS.ProcessEnv, cwd = serviceFolder) {
  const child = spawnService(env, cwd);
  const [stdout, stderr, [code]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    once(child, 'close'),
  ]);
  return { stdout, stderr, code };
}

/** Starts a service, and returns when it listens. */
export async function startService(env: NodeJS.ProcessEnv, cwd = serviceFolder) {
  const child = spawnService(env, cwd);
  const ended = once(child, 'close');
  let output = '';
  const listening = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
        if (output.includes('Server listening')) resolve();
      });
    }
    ended.then(() => reject(new Error(`It ended before it listened:\n${output}`)), reject);
  });
  await listening;
  return {
    output: () => output,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Its exit code, once it has ended. */
    exitCode: async () => (await ended)[0] as number | null,
  };
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
