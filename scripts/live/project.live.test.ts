import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Model, startModel } from '../model/model.ts';
import { readMultiAppFile } from '../start/multi-app-file.ts';
import { type Variant, writeVariant } from '../start/variant.ts';
import { uniqueAppId } from './app-id.ts';
import { freePorts } from './ports.ts';
import { needRuntime, runtime } from './runtime.ts';
import { startSidecar, statusOf, waitUntil } from './sidecar-process.ts';

const root = path.resolve(import.meta.dirname, '../..');

describe.skipIf(!runtime)('the multi-app file under `dapr run -f`', () => {
  let model: Model;
  let variant: Variant;
  let run: ChildProcess;
  let output = '';
  const ports: Record<string, { app: number; sidecar: number }> = {};

  const dapr = (...args: string[]) => {
    const { cli, root: runtimePath } = needRuntime();
    return promisify(execFile)(cli, args, {
      env: { ...process.env, DAPR_RUNTIME_PATH: runtimePath },
      timeout: 20_000,
    });
  };

  beforeAll(async () => {
    await expectNobodyElseAnswers('analytics-service');
    const file = readMultiAppFile(path.join(root, 'dapr'));
    const free = await freePorts(file.apps.length * 6);
    const next = () => free.pop() ?? 0;
    variant = writeVariant(file, ({ id }) => {
      const changed = {
        appPort: next(),
        daprHTTPPort: next(),
        daprGRPCPort: next(),
        daprInternalGRPCPort: next(),
        metricsPort: next(),
      };
      ports[id] = { app: changed.appPort, sidecar: changed.daprHTTPPort };
      return { ports: changed, env: { APP_METRICS_PORT: String(next()) } };
    });
    model = await startModel();
    run = spawn(needRuntime().cli, ['run', '-f', variant.path], {
      cwd: root,
      env: {
        ...process.env,
        DAPR_RUNTIME_PATH: needRuntime().root,
        DAPR_HOST_IP: '127.0.0.1',
        OPENAI_API_KEY: '',
        OPENAI_BASE_URL: model.baseUrl,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [run.stdout, run.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    await waitUntil(
      'both services are behind their sidecars',
      async () => {
        if (run.exitCode !== null) throw new Error(`dapr run ended:\n${output}`);
        const statuses = await Promise.all(
          Object.values(ports).flatMap(({ app, sidecar }) => [
            statusOf(`http://127.0.0.1:${app}/health`),
            statusOf(`http://127.0.0.1:${sidecar}/v1.0/healthz/outbound`),
          ]),
        );
        // The CLI's last word on an app, before which a signal finds it half-started.
        return (
          statuses.every((status) => status !== undefined && status < 300) &&
          output.split('Writing log files').length > 2
        );
      },
      30_000,
    );
  });

  afterAll(async () => {
    if (run?.exitCode === null && run.signalCode === null) {
      const ended = once(run, 'exit');
      run.kill('SIGINT');
      const impatience = setTimeout(() => run.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(impatience);
    }
    variant?.remove();
    await model?.close();
  });

  const chat = async (body: object) => {
    const response = await fetch(`http://127.0.0.1:${ports['chat-service']?.app}/chat/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    const { reply } = (await response.json()) as { reply: string };
    return { status: response.status, analytics: response.headers.get('x-analytics'), reply };
  };

  it.each([
    ['alice', 5, 'ok'],
    ['bob', 3, 'ok'],
    ['anybody else', 0, 'fallback; reason=user-unknown'],
  ])('a chat for %s says %i', async (user_id, count, analytics) => {
    const answer = await chat({ user_id, text: 'Hello' });
    expect(answer).toMatchObject({ status: 200, analytics });
    expect(answer.reply).toContain(`You have sent ${count} messages so far.`);
  });

  it('lets the model call get_current_time', async () => {
    const { reply } = await chat({ user_id: 'alice', text: 'What time is it?' });
    expect(reply).toMatch(/It is \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
  });

  it('shows both services in `dapr list`', async () => {
    const { stdout } = await dapr('list', '-o', 'json');
    const listed = (JSON.parse(stdout) as { appId: string; httpPort: number }[]).map((app) => [
      app.appId,
      app.httpPort,
    ]);
    for (const [id, { sidecar }] of Object.entries(ports))
      expect(listed).toContainEqual([id, sidecar]);
  });

  it('answers `dapr invoke` with GET, and 405 to its default POST', async () => {
    const invoke = ['invoke', '--app-id', 'analytics-service', '--method', 'analytics/alice'];
    expect((await dapr(...invoke, '--verb', 'GET')).stdout).toContain('{"message_count":5}');
    await expect(dapr(...invoke, '--data', '{}')).rejects.toThrow(/405/);
  });

  it('stops with `dapr stop -f`, and leaves no process behind', async () => {
    const pids = await processIds(Object.values(ports).map(({ sidecar }) => sidecar));
    expect(pids).toHaveLength(4);
    await dapr('stop', '-f', variant.path);
    await waitUntil('all has ended', async () => !pids.some(isAlive), 15_000);
  });
});

/** mDNS knows no machine: a service of that name anywhere on the network segment takes calls. */
async function expectNobodyElseAnswers(appId: string): Promise<void> {
  const prober = await startSidecar({ appId: uniqueAppId('prober') });
  try {
    const url = `http://127.0.0.1:${prober.httpPort}/v1.0/invoke/${appId}/method/health`;
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    if ((await response.text()).includes("couldn't find service")) return;
    throw new Error(
      `Another ${appId} answers on this network segment: app ids are shared over mDNS. ` +
        'Stop it (`pnpm dapr list` shows those of this machine) and run the tests again.',
    );
  } finally {
    await prober.stop();
  }
}

async function processIds(sidecarPorts: number[]): Promise<number[]> {
  const metadata = await Promise.all(
    sidecarPorts.map(async (port) => {
      const response = await fetch(`http://127.0.0.1:${port}/v1.0/metadata`);
      return (await response.json()) as { extended: Record<string, string> };
    }),
  );
  const { stdout } = await promisify(execFile)(needRuntime().cli, ['list', '-o', 'json']);
  const listed = JSON.parse(stdout) as { httpPort: number; daprdPid: number }[];
  return [
    ...metadata.map(({ extended }) => Number(extended['appPID'])),
    ...listed.filter((app) => sidecarPorts.includes(app.httpPort)).map((app) => app.daprdPid),
  ];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
