import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freePorts } from '../../live/ports.ts';
import type { App, AppPorts, MultiAppFile } from '../multi-app-file.ts';
import { createOwnProcesses } from '../own-processes.ts';
import { findPortHolders } from '../port-holder.ts';
import { checkPorts, isFree, PortsUnavailable } from '../ports.ts';

vi.setConfig({ testTimeout: 20_000 });

const servers: Server[] = [];
const own = createOwnProcesses();

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  own.kill();
});

async function listen(port: number, host: string): Promise<void> {
  const server = createServer();
  servers.push(server);
  await once(server.listen(port, host), 'listening');
}

async function appWith(change: Partial<AppPorts> = {}): Promise<App> {
  const [
    appPort = 0,
    daprHTTPPort = 0,
    daprGRPCPort = 0,
    daprInternalGRPCPort = 0,
    metricsPort = 0,
  ] = await freePorts(5);
  return {
    id: 'chat',
    directory: '/',
    command: ['node'],
    ports: { appPort, daprHTTPPort, daprGRPCPort, daprInternalGRPCPort, metricsPort, ...change },
    healthPath: '/health',
    placementHostAddress: '',
  };
}

function fileWith(...apps: App[]): MultiAppFile {
  return { path: '/project/dapr.yaml', apps, content: {} };
}

async function refusal(file: MultiAppFile): Promise<string> {
  const error = await checkPorts(file).catch((reason: unknown) => reason);
  if (!(error instanceof PortsUnavailable)) throw error ?? new Error('All ports are free.');
  return error.message;
}

describe('isFree', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::1', '::'])('sees a listener on %s', async (host) => {
    const [port = 0] = await freePorts(1);
    expect(await isFree(port)).toBe(true);
    await listen(port, host);
    expect(await isFree(port)).toBe(false);
  });

  it('leaves the port free', async () => {
    const [port = 0] = await freePorts(1);
    await isFree(port);
    await listen(port, '0.0.0.0');
  });
});

describe('checkPorts', () => {
  it("names the port of an app's own metrics, too", async () => {
    const [ownMetricsPort = 0] = await freePorts(1);
    await listen(ownMetricsPort, '127.0.0.1');
    const app = { ...(await appWith()), ownMetricsPort };
    expect(await refusal(fileWith(app))).toContain(`${ownMetricsPort} (chat APP_METRICS_PORT)`);
  });

  it('is content with ports that are free', async () => {
    await checkPorts(fileWith(await appWith()));
  });

  it('names the port, its role, the process that holds it and what to do', async () => {
    const app = await appWith();
    await listen(app.ports.appPort, '127.0.0.1');
    const message = await refusal(fileWith(app));
    expect(message.split('\n')).toEqual([
      'A port is taken:',
      expect.stringContaining(`  ${app.ports.appPort} (chat appPort) by PID ${process.pid}: node`),
      `Stop it with  kill ${process.pid}  or change the ports in /project/dapr.yaml.`,
    ]);
  });

  it('names all that are taken at once', async () => {
    const app = await appWith();
    const other = { ...(await appWith()), id: 'analytics' };
    await listen(app.ports.daprInternalGRPCPort, '::');
    await listen(other.ports.metricsPort, '127.0.0.1');
    const message = await refusal(fileWith(app, other));
    expect(message).toContain('Ports are taken:');
    expect(message).toContain(`${app.ports.daprInternalGRPCPort} (chat daprInternalGRPCPort)`);
    expect(message).toContain(`${other.ports.metricsPort} (analytics metricsPort)`);
    expect(message.split('\n')).toHaveLength(4);
  });
});

describe('findPortHolders', () => {
  const LISTENER =
    "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(process.pid, s.address().port))";

  async function listenerOf(child: ChildProcess): Promise<{ pid: number; port: number }> {
    own.add(child.pid ?? 0);
    if (child.stdout === null) throw new Error('Its output is not read.');
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const [pid = 0, port = 0] = line.split(' ').map(Number);
    return { pid, port };
  }

  it('finds the process that listens, and shows no argument that may be a secret', async () => {
    const { pid, port } = await listenerOf(
      spawn(process.execPath, ['-e', LISTENER, '--', '--key', 'secret'], { argv0: '/bin/server' }),
    );
    expect([...(await findPortHolders([port]))]).toEqual([
      [port, { pid, name: 'server', daprRunPid: undefined }],
    ]);
  });

  it('finds the `dapr run` that it came from', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'port-holder-'));
    try {
      // A script named run makes a command line that reads `dapr run -f dapr`.
      writeFileSync(
        path.join(folder, 'run'),
        `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(LISTENER)}], { stdio: 'inherit' })`,
      );
      const child = spawn(process.execPath, ['run', '-f', 'dapr'], {
        argv0: '/usr/bin/dapr',
        cwd: folder,
      });
      const { pid, port } = await listenerOf(child);
      expect((await findPortHolders([port])).get(port)).toMatchObject({
        pid,
        daprRunPid: child.pid,
      });
      const app = await appWith({ appPort: port });
      const message = await refusal(fileWith(app));
      expect(message).toContain(`by PID ${pid}: node, of \`dapr run\` ${child.pid}\n`);
      expect(message).toContain(`Stop it with  kill ${child.pid}  or`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('knows nobody for a port that is free', async () => {
    const [port = 0] = await freePorts(1);
    expect([...(await findPortHolders([port]))]).toEqual([]);
  });
});
