import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runtime } from '../../live/runtime.ts';
import { statusOf, waitUntil } from '../../live/sidecar-process.ts';
import { type Model, startModel } from '../../model/model.ts';
import { readMultiAppFile } from '../../start/multi-app-file.ts';
import { checkPorts } from '../../start/ports.ts';
import { commandsOf } from '../commands.ts';
import { endAll, type Running, type } from './shell.ts';

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const commands = commandsOf(readme);

/** The README's first command that starts so; each is run exactly as it stands there. */
function command(start: string): string {
  const found = commands.filter((line) => line.startsWith(start)).slice(0, 1);
  if (found.length !== 1) throw new Error(`${found.length} commands start with "${start}"`);
  return found[0] ?? '';
}

const nobodyListens = async () =>
  (await statusOf('http://127.0.0.1:8000/health')) === undefined &&
  (await statusOf('http://127.0.0.1:8001/health')) === undefined;

describe.skipIf(!runtime)("the README's commands", () => {
  let model: Model;
  let running: Running;

  beforeAll(async () => {
    // The README's ports are the project's own: whoever holds one is named.
    await checkPorts(readMultiAppFile('dapr'));
    model = await startModel();
  });
  afterAll(async () => {
    endAll();
    await model?.close();
  });

  it('are all run here, but the one that runs this', () => {
    expect(commands.map((line) => line.split(' ').slice(0, 5).join(' '))).toEqual([
      'npx -y pnpm@12 start',
      'npx -y pnpm@12 test',
      "curl -i http://localhost:8000/chat/ -H 'content-type:",
      'pnpm install',
      'dapr run -f dapr',
      'dapr list',
      'dapr invoke --app-id analytics-service --method',
      'dapr stop -f dapr',
      'cd analytics-service && dapr run',
      'cd chat-service && dapr run',
      'npx -y pnpm@12 start --secure',
    ]);
  });

  it('start both services with one command, which prints what the README shows', async () => {
    running = type(command('npx -y pnpm@12 start'));
    await running.prints(/Stop: .*\n/);
    const [, shown = ''] = readme.match(/<!-- output of start -->\n```\n([\s\S]*?)```/) ?? [];
    const withoutTime = (text: string) => text.replace(/(?<=Ready after )[\d.]+ s/, '…');
    expect(withoutTime(running.output())).toContain(withoutTime(shown));
  }, 60_000);

  it('answer a chat with the count', async () => {
    const curl = type(command('curl'));
    expect(await curl.ended()).toBe(0);
    const [, reply = ''] = readme.match(/^(\{"user_id":"alice","reply":"[^"]*")/m) ?? [];
    expect(curl.output()).toContain(reply);
    expect(curl.output()).toContain('x-analytics: ok');
  });

  it('end with Ctrl-C, and leave nobody listening', async () => {
    await running.interrupt();
    await waitUntil('both ports are free', nobodyListens);
  });

  it("run the same with Dapr's own CLI", async () => {
    expect(await type(command('pnpm install')).ended(60_000)).toBe(0);
    running = type(command('dapr run -f dapr'), { OPENAI_BASE_URL: model.baseUrl });
    await running.prints('Started Dapr with app id "chat-service"');
    const list = type(command('dapr list'));
    expect(await list.ended()).toBe(0);
    expect(list.output()).toMatch(
      /analytics-service[\s\S]*chat-service|chat-service[\s\S]*analytics-service/,
    );
    const invoke = type(command('dapr invoke'));
    expect(await invoke.ended()).toBe(0);
    expect(invoke.output()).toContain('{"message_count":5}');
    expect(await type(command('dapr stop')).ended()).toBe(0);
    expect(await running.ended()).toBe(0);
    await waitUntil('both ports are free', nobodyListens);
  }, 60_000);

  it('start both services secured', async () => {
    const state = mkdtempSync(path.join(tmpdir(), 'dapr-state-'));
    running = type(command('npx -y pnpm@12 start --secure'), { XDG_STATE_HOME: state });
    await running.prints(/Stop: .*\n/);
    const answer = await fetch('http://127.0.0.1:8001/analytics/alice');
    expect(answer.status).toBe(401);
    await running.interrupt();
    await waitUntil('both ports are free', nobodyListens);
    rmSync(state, { recursive: true });
  }, 60_000);

  it.each([
    ['analytics-service', 8001],
    ['chat-service', 8000],
  ])(
    'run %s alone',
    async (name, port) => {
      running = type(command(`cd ${name}`), { OPENAI_BASE_URL: model.baseUrl });
      await running.prints("You're up and running!");
      const isUp = async () => (await statusOf(`http://127.0.0.1:${port}/health`)) === 200;
      await waitUntil(`${name} answers`, isUp);
      await running.interrupt();
      await waitUntil('the port is free', nobodyListens);
    },
    60_000,
  );
});
