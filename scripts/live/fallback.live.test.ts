import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageCount } from '../../chat-service/src/message-count.ts';
import { createSidecar } from '../../chat-service/src/sidecar.ts';
import { uniqueAppId } from './app-id.ts';
import { freePorts } from './ports.ts';
import { runtime } from './runtime.ts';
import { type SidecarProcess, startSidecar } from './sidecar-process.ts';

interface Example {
  situation: string;
  status: number;
  contentType: string;
  body: string;
  outcome: { count?: number; reason?: string };
}

const projectRoot = path.resolve(import.meta.dirname, '../..');
const examples = JSON.parse(
  readFileSync(path.join(projectRoot, 'scripts/wire-examples/sidecar-answers.json'), 'utf8'),
) as Example[];

describe.skipIf(!runtime)('what a real sidecar answers', () => {
  const appId = uniqueAppId('analytics');
  const nobody = uniqueAppId('nobody');
  let folder: string;
  let app: Server;
  let appPort: number;
  let callee: SidecarProcess;
  let caller: SidecarProcess;
  let callerWithPolicy: SidecarProcess;
  let received: IncomingMessage[] = [];
  let answer: RequestListener;

  const listen = async () => {
    app = createServer((request, response) => {
      received.push(request);
      answer(request, response);
    });
    app.listen(appPort, '127.0.0.1');
    await once(app, 'listening');
  };

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'dapr-resources-'));
    const policy = readFileSync(path.join(projectRoot, 'dapr/resources/resiliency.yaml'), 'utf8');
    writeFileSync(
      path.join(folder, 'resiliency.yaml'),
      policy.replaceAll('analytics-service:', `${appId}:`),
    );
    [appPort = 0] = await freePorts(1);
    answer = (_request, response) => response.writeHead(404).end();
    await listen();
    [callee, caller, callerWithPolicy] = await Promise.all([
      startSidecar({ appId, appPort }),
      startSidecar({ appId: uniqueAppId('chat') }),
      startSidecar({ appId: uniqueAppId('chat'), resourcesPath: folder }),
    ]);
  });

  afterAll(async () => {
    await Promise.all([callee, caller, callerWithPolicy].map((sidecar) => sidecar?.stop()));
    app.closeAllConnections();
    app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The answer to chat-service's very request, raw and as chat-service takes it. */
  const ask = async (user: string, via: SidecarProcess, id = appId) => {
    received = [];
    const url = `http://127.0.0.1:${via.httpPort}/v1.0/invoke/${id}/method/analytics/${user}`;
    const raw = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(10_000) });
    const body = await raw.text();
    return {
      status: raw.status,
      contentType: raw.headers.get('content-type') ?? '',
      body: body
        .replaceAll(appId, 'analytics-service')
        .replaceAll(nobody, 'nosuch')
        .replaceAll(`:${appPort}`, ':8001')
        .replace(/(?<=dial tcp 127\.0\.0\.1:)(?!8001)\d+/, '3521'),
    };
  };

  const count = async (
    user: string,
    httpPort: number,
    change: { id?: string; timeoutMs?: number } = {},
  ): Promise<MessageCount> => {
    const sidecar = createSidecar({
      httpPort,
      apiToken: undefined,
      appId: change.id ?? appId,
      invocation: 'url',
      timeoutMs: change.timeoutMs ?? 2000,
    });
    try {
      return await sidecar.messageCount(user, {
        signal: new AbortController().signal,
        traceparent: undefined,
      });
    } finally {
      await sidecar.close();
    }
  };

  const json = (status: number, body: unknown): RequestListener => {
    return (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
  };

  /** Both views of one situation: the raw answer is the example's, and so is what chat makes of it. */
  const expectExample = async (
    situation: string,
    {
      user = 'alice',
      via = caller,
      id = appId,
    }: { user?: string; via?: SidecarProcess; id?: string },
  ) => {
    const { outcome, ...example } = exampleOf(situation);
    const { situation: _, ...wire } = example;
    expect(await ask(user, via, id)).toEqual(wire);
    expect(await count(user, via.httpPort, { id })).toMatchObject(outcome);
  };

  it('passes the answers of analytics through, whatever their status', async () => {
    answer = json(200, { message_count: 5 });
    await expectExample('known user', {});
    answer = json(404, { detail: 'User not found' });
    await expectExample('unknown user', {});
    answer = json(500, { detail: 'Internal Server Error' });
    await expectExample("app's own 500", {});
    answer = json(503, { detail: 'Service Unavailable' });
    await expectExample("app's own 503", {});
    answer = (_request, response) => response.writeHead(302, { location: '/health' }).end();
    await expectExample("app's redirect", {});
    // The raw question and chat-service's, and neither of them went on to /health.
    expect(received.map(({ url }) => url)).toEqual(['/analytics/alice', '/analytics/alice']);
  });

  it('knows no such app id', async () => {
    const { outcome, situation: _, ...wire } = exampleOf('app id that nobody announces');
    expect(await ask('alice', caller, nobody)).toEqual(wire);
    // Another one, since mDNS makes a second question for the same wait for two seconds.
    expect(await count('alice', caller.httpPort, { id: uniqueAppId('nobody') })).toMatchObject(
      outcome,
    );
  });

  it('loses the connection to the app', async () => {
    answer = (request) => request.socket.destroy();
    await expectExample('app resets the connection', {});
  });

  it('wants a token that chat-service does not have', async () => {
    const guarded = await startSidecar({
      appId: uniqueAppId('chat'),
      env: { DAPR_API_TOKEN: 'a-token-for-this-test' },
    });
    try {
      answer = json(200, { message_count: 5 });
      await expectExample('API token missing', { via: guarded });
      expect(received).toEqual([]);
    } finally {
      await guarded.stop();
    }
  });

  it('retries a 5xx within the policy, and never a 4xx', async () => {
    answer = json(503, { detail: 'Service Unavailable' });
    await ask('retried', callerWithPolicy);
    expect(received).toHaveLength(3);
    for (const status of [400, 404, 409, 429]) {
      answer = json(status, { detail: 'User not found' });
      await ask('not-retried', callerWithPolicy);
      expect(received).toHaveLength(1);
    }
  });

  it('leaves the breaker closed for an unknown user who sends one message after the other', async () => {
    answer = json(404, { detail: 'User not found' });
    for (let call = 0; call < 9; call += 1) {
      expect(await count('unknown', callerWithPolicy.httpPort)).toMatchObject({
        reason: 'user-unknown',
      });
    }
  });

  it("gives up, by the policy's time-out, before chat-service does", async () => {
    answer = () => {};
    await expectExample("policy's time-out", { user: 'slow', via: callerWithPolicy });
    app.closeAllConnections();
  });

  it('opens a breaker for the user whose calls fail, and for nobody else', async () => {
    answer = json(500, { detail: 'Internal Server Error' });
    for (let call = 0; call < 4; call += 1) await count('breaker', callerWithPolicy.httpPort);
    answer = json(200, { message_count: 5 });
    await expectExample('circuit breaker open', { user: 'breaker', via: callerWithPolicy });
    expect(await count('bystander', callerWithPolicy.httpPort)).toEqual({ count: 5 });
  });

  it('finds the app down, then its sidecar', async () => {
    app.closeAllConnections();
    app.close();
    await once(app, 'close');
    await expectExample('app down, its sidecar up', {});
    await callee.stop();
    const { outcome, situation: _, ...wire } = exampleOf("app's sidecar down, no policy");
    expect(await ask('alice', caller)).toEqual(wire);
    expect(await count('alice', caller.httpPort, { timeoutMs: 5000 })).toMatchObject(outcome);
    await expectExample("app's sidecar down, with the policy", { via: callerWithPolicy });
  });

  it('is not there itself, or hangs', async () => {
    caller.process.kill('SIGSTOP');
    expect(await count('alice', caller.httpPort, { timeoutMs: 300 })).toMatchObject({
      reason: 'timeout',
    });
    await caller.stop();
    expect(await count('alice', caller.httpPort)).toMatchObject({ reason: 'sidecar-unreachable' });
  });
});

function exampleOf(situation: string): Example {
  const example = examples.find((item) => item.situation === situation);
  if (!example) throw new Error(`No example of "${situation}"`);
  return example;
}
