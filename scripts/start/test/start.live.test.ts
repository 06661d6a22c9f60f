import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { findDapr } from '../../dapr-runtime/ensure.ts';
import { findLog } from '../logs.ts';
import type { App } from '../multi-app-file.ts';
import { PLACEMENT_PORT } from '../placement.ts';
import { isFree } from '../ports.ts';
import { commandOf, isRunning, type Process, signalProcess } from '../processes.ts';
import { type Started, start, writeVariantOnFreePorts } from './started.ts';

const dapr = await findDapr(process.env, () => undefined);
const STAND_IN_LINE = 'No key is set: a stand-in model answers.';

interface Metadata {
  extended: { appPID: string; cliPID: string };
}

function portOf(apps: readonly App[], id: string, key: 'appPort' | 'daprHTTPPort'): number {
  return apps.find((app) => app.id === id)?.ports[key] ?? 0;
}

async function metadata(apps: readonly App[], id: string): Promise<Metadata['extended']> {
  const url = `http://127.0.0.1:${portOf(apps, id, 'daprHTTPPort')}/v1.0/metadata`;
  return ((await (await fetch(url)).json()) as Metadata).extended;
}

async function chat(apps: readonly App[], userId: string, text = 'Hello'): Promise<string> {
  const response = await fetch(
    `http://127.0.0.1:${portOf(apps, 'chat-service', 'appPort')}/chat/`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user_id: userId, text }),
    },
  );
  expect(response.status).toBe(200);
  return ((await response.json()) as { reply: string }).reply;
}

function find(family: readonly Process[], ...words: string[]): Process {
  const found = family.find((process) => words.every((word) => commandOf(process).includes(word)));
  if (found === undefined) throw new Error(`No process with ${words.join(' ')}.`);
  return found;
}

describe.skipIf(dapr === undefined)('pnpm start with real Dapr', () => {
  const removals: (() => void)[] = [];
  const env = { DAPR_RUNTIME_PATH: dapr?.root };

  afterEach(() => {
    for (const remove of removals.splice(0)) remove();
  });

  async function variant(...args: Parameters<typeof writeVariantOnFreePorts>) {
    const written = await writeVariantOnFreePorts(...args);
    removals.push(written.remove);
    return written;
  }

  /** Starts everything and checks that its processes are those that the sidecars report. */
  async function startReady(
    file: { path: string; apps: readonly App[] },
    { args = [], variables = {} }: { args?: string[]; variables?: NodeJS.ProcessEnv } = {},
  ): Promise<{ started: Started; family: Process[] }> {
    const started = start(['--file', file.path, ...args], { ...env, ...variables });
    await started.untilPrinted('Stop: ');
    const family = started.family();
    const pids = family.map(({ pid }) => pid);
    for (const { id } of file.apps) {
      const { appPID, cliPID } = await metadata(file.apps, id);
      expect(pids).toEqual(expect.arrayContaining([Number(appPID), Number(cliPID)]));
    }
    return { started, family };
  }

  function expectNothingLeft(family: readonly Process[]): void {
    expect(family.length).toBeGreaterThanOrEqual(6);
    expect(family.filter(isRunning).map(commandOf)).toEqual([]);
  }

  it('starts without a key, answers each user with the count, and ends on SIGTERM', async () => {
    const file = await variant();
    const begin = new Date();
    const isPlacementOurs = await isFree(PLACEMENT_PORT);
    const { started, family } = await startReady(file);
    using _ = started;

    expect(await chat(file.apps, 'alice')).toContain('Stand-in model');
    expect(await chat(file.apps, 'alice')).toContain('You have sent 5 messages');
    expect(await chat(file.apps, 'bob')).toContain('You have sent 3 messages');
    expect(await chat(file.apps, 'carol')).toContain('You have sent 0 messages');
    expect(await chat(file.apps, 'alice', 'What time is it?')).toMatch(
      /It is \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. You have sent 5/,
    );

    const output = started.output();
    expect(output.split(STAND_IN_LINE)).toHaveLength(2);
    expect(output).toContain(`Dapr ${dapr?.runtimeVersion} with CLI ${dapr?.cliVersion}`);
    for (const { ports } of file.apps) {
      expect(output).toContain(`http://localhost:${ports.appPort}/docs`);
    }
    expect(output).not.toContain('== APP');
    await started.untilPrinted('chat-service | ');

    using second = start(['--file', file.path], env);
    expect(await second.ended).toBe(1);
    for (const { id, ports } of file.apps) {
      for (const [key, port] of Object.entries(ports)) {
        expect(second.output()).toMatch(new RegExp(`  ${port} \\(${id} ${key}\\) by PID \\d+: `));
      }
    }
    expect(second.output()).toContain(
      `kill ${(await metadata(file.apps, 'chat-service')).cliPID} `,
    );

    process.kill(started.pid, 'SIGTERM');
    expect(await started.ended).toBe(0);
    expectNothingLeft(family);
    expect(started.output()).toMatch(/Stopping\..*\nStopped\.\n$/);

    // Another start's placement service may end at any time.
    if (!isPlacementOurs) return;
    for (const app of file.apps) {
      const log = readFileSync(findLog(app, 'sidecar', begin) ?? '', 'utf8');
      expect(log.split('\n').filter((line) => line.includes('level=error'))).toEqual([]);
    }
  });

  it("uses the user's key and URL, without a stand-in, and takes a doubled Ctrl-C for one", async () => {
    const keys: (string | undefined)[] = [];
    const model = createServer((request, response) => {
      keys.push(request.headers.authorization);
      const message = { role: 'assistant', content: 'from the real one', refusal: null };
      const choices = [{ index: 0, finish_reason: 'stop', logprobs: null, message }];
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ id: '1', object: 'chat.completion', created: 1, model: 'm', choices }),
      );
    }).listen(0, '127.0.0.1');
    removals.push(() => model.close().closeAllConnections());
    await once(model, 'listening');
    const address = model.address();
    const port = typeof address === 'object' ? address?.port : undefined;

    const file = await variant();
    const variables = {
      OPENAI_API_KEY: 'of-the-user',
      OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    };
    const { started, family } = await startReady(file, { variables });
    using _ = started;
    expect(await chat(file.apps, 'alice')).toBe('from the real one');
    expect(keys).toEqual(['Bearer of-the-user']);
    expect(started.output()).not.toContain('stand-in');
    expect(started.output()).not.toContain('of-the-user');

    process.kill(started.pid, 'SIGINT');
    process.kill(started.pid, 'SIGINT');
    expect(await started.ended).toBe(0);
    expectNothingLeft(family);
  });

  it('names an app that dies and ends everything with 1', async () => {
    const file = await variant();
    const { started, family } = await startReady(file);
    using _ = started;
    process.kill(Number((await metadata(file.apps, 'analytics-service')).appPID), 'SIGKILL');
    expect(await started.ended).toBe(1);
    expect(started.output()).toMatch(
      /\nanalytics-service has ended\. Its last log lines, from \S+\/analytics-service_app_\d+\.log:\n {2}/,
    );
    expectNothingLeft(family);
  });

  it('names a sidecar that dies and ends everything with 1', async () => {
    const file = await variant();
    const { started, family } = await startReady(file);
    using _ = started;
    process.kill(find(family, '--app-id', 'chat-service').pid, 'SIGKILL');
    expect(await started.ended).toBe(1);
    expect(started.output()).toMatch(
      /\nchat-service's sidecar \(daprd\) has ended\. Its last log lines, from \S+\/chat-service_daprd_\d+\.log:\n {2}/,
    );
    expectNothingLeft(family);
  });

  it("ends what Dapr's CLI leaves behind when it is killed", async () => {
    const file = await variant();
    const { started, family } = await startReady(file);
    using _ = started;
    process.kill(Number((await metadata(file.apps, 'chat-service')).cliPID), 'SIGKILL');
    expect(await started.ended).toBe(1);
    expect(started.output()).toContain("Dapr's CLI (dapr run) has ended by SIGKILL.");
    expectNothingLeft(family);
  });

  it('ends everything at once on a second Ctrl-C', async () => {
    const file = await variant();
    const { started, family } = await startReady(file);
    using _ = started;
    // An app that does not end by itself for a while.
    process.kill(Number((await metadata(file.apps, 'chat-service')).appPID), 'SIGSTOP');
    process.kill(started.pid, 'SIGINT');
    await started.untilPrinted('Ctrl-C again ends everything at once.');
    const repeat = setInterval(() => signalProcess(started.pid, 'SIGINT'), 100);
    const code = await started.ended;
    clearInterval(repeat);
    expect(code).toBe(130);
    await expect
      .poll(() => family.filter(isRunning).map(commandOf), { timeout: 5_000 })
      .toEqual([]);
  });

  it.each([
    ['Ports are those of', 'SIGTERM'],
    [STAND_IN_LINE, 'SIGINT'],
  ] as const)(
    'leaves nothing when it is stopped during set-up, after "%s"',
    async (text, signal) => {
      const file = await variant();
      using started = start(['--file', file.path], env);
      await started.untilPrinted(text);
      if (text === STAND_IN_LINE) {
        await expect
          .poll(() => started.family().length, { timeout: 10_000, interval: 20 })
          .toBeGreaterThan(3);
      }
      const family = started.family();
      process.kill(started.pid, signal);
      expect(await started.ended).toBe(0);
      expect(started.output()).not.toContain('Ready');
      expect([...family, ...started.family()].filter(isRunning).map(commandOf)).toEqual([]);
    },
  );
});
