import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';

vi.setConfig({ testTimeout: 20_000 });

const SERVER = fileURLToPath(new URL('../server.ts', import.meta.url));
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function start(args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [SERVER, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  started.push(child);
  return child;
}

async function run(args: string[], env?: NodeJS.ProcessEnv) {
  const child = start(args, env);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('No port to be had.');
  return address.port;
}

describe('pnpm model', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'serves on the port of PORT, prints the line to use it and ends with 0 on %s',
    async (signal) => {
      const port = await freePort();
      const child = start([], { PORT: String(port) });
      const lines: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        lines.push(line);
        if (line.includes('Ctrl-C')) break;
      }
      expect(lines).toContain(`  OPENAI_BASE_URL=http://127.0.0.1:${port}/v1 dapr run -f dapr`);

      const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({
          messages: [{ role: 'user', content: 'Hello' }],
        }),
      });
      expect(await response.text()).toContain('Stand-in model');

      child.kill(signal);
      expect(await once(child, 'close')).toEqual([0, null]);
    },
  );

  it('names a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      const { code, stderr } = await run(['--port', String(port)]);
      expect(code).toBe(1);
      expect(stderr).toContain(`Port ${port} is taken.`);
    } finally {
      server.close();
    }
  });

  it.each([
    [['--colour'], {}, "'--colour'"],
    [['4011'], {}, "'4011'"],
    [['--port', '0'], {}, '--port is "0"'],
    [['--port', '4011x'], {}, '--port is "4011x"'],
    [[], { PORT: '70000' }, 'The variable PORT is "70000"'],
  ])('refuses %j with %j by name', async (args, env, name) => {
    const { code, stderr } = await run(args, env);
    expect(code).toBe(2);
    expect(stderr).toContain(name);
    expect(stderr).toContain('Usage: pnpm model');
  });
});
