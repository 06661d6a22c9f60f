import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findDapr } from '../../dapr-runtime/ensure.ts';
import { SECURE_FILE } from '../options.ts';
import { commandOf, isRunning, type Process } from '../processes.ts';
import { credentialsFolder } from '../secure.ts';
import { start, writeVariantOnFreePorts } from './started.ts';

const dapr = await findDapr(process.env, () => undefined);

describe.skipIf(dapr === undefined)('pnpm start --secure with real Dapr', () => {
  it('works for a client as without, and for nobody else', async () => {
    const state = mkdtempSync(path.join(tmpdir(), 'dapr-state-'));
    const variables = { DAPR_RUNTIME_PATH: dapr?.root, XDG_STATE_HOME: state };
    const file = await writeVariantOnFreePorts(SECURE_FILE);
    using started = start(['--secure', '--file', file.path], variables);
    try {
      await started.untilPrinted('Stop: ');
      const family = started.family();
      expect(started.output()).toContain('Secured: mTLS, access control and tokens');

      const port = (id: string, key: 'appPort' | 'daprHTTPPort') =>
        file.apps.find((app) => app.id === id)?.ports[key];
      const chat = await fetch(`http://127.0.0.1:${port('chat-service', 'appPort')}/chat/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"user_id":"alice","text":"Hello"}',
      });
      expect(chat.headers.get('x-analytics')).toBe('ok');
      expect(await chat.text()).toContain('You have sent 5 messages so far.');

      const past = `http://127.0.0.1:${port('analytics-service', 'appPort')}`;
      expect((await fetch(`${past}/analytics/alice`)).status).toBe(401);
      expect((await fetch(`${past}/health`)).status).toBe(200);
      expect((await fetch(`${past}/docs`)).status).toBe(200);
      const invoke = '/v1.0/invoke/analytics-service/method/analytics/alice';
      const sidecar = `http://127.0.0.1:${port('chat-service', 'daprHTTPPort')}`;
      expect((await fetch(`${sidecar}${invoke}`)).status).toBe(401);

      const credentials = credentialsFolder(variables);
      expect(statSync(credentials).mode & 0o777).toBe(0o700);
      expect(statSync(path.join(credentials, 'issuer.key')).mode & 0o077).toBe(0);

      const tokens = tokensOf(family.find((part) => lineOf(part).includes('src/server.ts'))?.pid);
      for (const token of tokens) {
        expect(started.output()).not.toContain(token);
        for (const part of family) expect(lineOf(part)).not.toContain(token);
      }

      expect(family.some((part) => lineOf(part).includes('sentry'))).toBe(true);
      process.kill(started.pid, 'SIGINT');
      expect(await started.ended).toBe(0);
      expect(family.filter(isRunning).map(commandOf)).toEqual([]);
    } finally {
      file.remove();
      rmSync(state, { recursive: true, force: true });
    }
  }, 60_000);
});

const lineOf = (part: Process) => commandOf(part).join(' ');

/** The two tokens of a run, as the environment of one of its processes has them. */
function tokensOf(pid: number | undefined): string[] {
  const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  const tokens = variables.flatMap(
    (line) => line.match(/^(?:DAPR|APP)_API_TOKEN=(.+)$/)?.[1] ?? [],
  );
  expect(tokens).toHaveLength(2);
  expect(tokens[0]).not.toBe(tokens[1]);
  for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/);
  return tokens;
}
