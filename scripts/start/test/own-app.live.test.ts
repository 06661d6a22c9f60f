import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { findDapr } from '../../dapr-runtime/ensure.ts';
import { freePorts } from '../../live/ports.ts';
import { DEFAULT_FILE } from '../options.ts';
import { commandOf, isRunning } from '../processes.ts';
import { start } from './started.ts';

const dapr = await findDapr(process.env, () => undefined);

const server = (word: string) => `
  import { createServer } from 'node:http';
  const server = createServer((request, response) => response.end('${word}'));
  server.listen(Number(process.env.APP_PORT), '127.0.0.1');
  process.on('SIGTERM', () => process.exit(0));`;

describe.skipIf(dapr === undefined)('pnpm start with an app of one’s own', () => {
  const env = { DAPR_RUNTIME_PATH: dapr?.root };
  let folder: string;
  let appPort: number;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'own-app-'));
    mkdirSync(path.join(folder, 'app'));
    const [port = 0, daprHTTPPort, daprGRPCPort, daprInternalGRPCPort, metricsPort] =
      await freePorts(5);
    appPort = port;
    const app = {
      appID: 'own-app',
      appDirPath: 'app',
      command: [process.execPath, 'server.mjs'],
      appPort,
      daprHTTPPort,
      daprGRPCPort,
      daprInternalGRPCPort,
      metricsPort,
    };
    const dapr = path.dirname(DEFAULT_FILE);
    const common = {
      configFilePath: path.join(dapr, 'configuration.yaml'),
      resourcesPaths: [path.join(dapr, 'resources')],
      apiListenAddresses: '127.0.0.1',
      placementHostAddress: '',
      schedulerHostAddress: ' ',
    };
    writeFileSync(path.join(folder, 'dapr.yaml'), stringify({ version: 1, common, apps: [app] }));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const writeApp = (code: string) => writeFileSync(path.join(folder, 'app', 'server.mjs'), code);
  const ask = async () => (await fetch(`http://127.0.0.1:${appPort}/`)).text();

  it('restarts it on change with --watch, beside the same sidecar, and ends on SIGHUP', async () => {
    writeApp(server('one'));
    const temporary = path.join(folder, 'tmp');
    mkdirSync(temporary);
    using started = start(['--file', folder, '--watch'], { ...env, TMPDIR: temporary });
    await started.untilPrinted('Stop: ');
    expect(started.output()).toContain(`or elsewhere: kill ${started.pid}\n`);
    expect(readdirSync(temporary)).toEqual([]);
    expect(await ask()).toBe('one');
    const before = started.family();
    const sidecar = before.find((found) => commandOf(found).includes('--app-id'));

    writeApp(server('two'));
    await expect.poll(() => ask().catch(() => 'restarting'), { timeout: 10_000 }).toBe('two');
    expect(sidecar && isRunning(sidecar)).toBe(true);

    const family = [...before, ...started.family()];
    process.kill(started.pid, 'SIGHUP');
    expect(await started.ended).toBe(0);
    expect(family.filter(isRunning).map(commandOf)).toEqual([]);
  });

  it('shows the last words of an app that ends while it starts, long before the deadline', async () => {
    writeApp("console.error('DATABASE_URL is not set'); process.exit(3);");
    using started = start(['--file', folder], env);
    const family = started.family();
    expect(await started.ended).toBe(1);
    expect(started.output()).toContain('\nown-app has ended. Its last log lines, from ');
    expect(started.output()).toContain('\n  DATABASE_URL is not set\n');
    expect(started.output()).not.toContain('Not ready within');
    expect([...family, ...started.family()].filter(isRunning)).toEqual([]);
  });

  it('ends with 0 when `dapr stop` stops it', async () => {
    writeApp(server('one'));
    using started = start(['--file', folder], env);
    await started.untilPrinted('Stop: ');
    const family = started.family();
    await promisify(execFile)(dapr?.cli ?? '', ['stop', '-f', folder], { timeout: 10_000 });
    expect(await started.ended).toBe(0);
    expect(started.output()).toContain('Stopped from elsewhere.');
    expect(family.filter(isRunning).map(commandOf)).toEqual([]);
  });

  it('works with an API token, which the CLI itself cannot send', async () => {
    writeApp(server('one'));
    using started = start(['--file', folder], { ...env, DAPR_API_TOKEN: 'secret' });
    await started.untilPrinted('Stop: ');
    const family = started.family();
    expect(started.output()).not.toContain('secret');
    const sidecar = family.find((found) => commandOf(found).includes('--app-id'));
    process.kill(sidecar?.pid ?? 0, 'SIGTERM');
    expect(await started.ended).toBe(1);
    expect(started.output()).toContain("own-app's sidecar (daprd) has ended.");
    expect(family.filter(isRunning).map(commandOf)).toEqual([]);
  });
});
