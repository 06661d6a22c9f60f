import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { build, postChat } from './build.ts';
import { startJsonServer, startServer } from './local-server.ts';
import { completion } from './model.ts';

/** A model that keeps every request until it is let go. */
async function startHeldModel() {
  const held: ServerResponse[] = [];
  const model = await startServer((_request, response) => {
    held.push(response);
  });
  return {
    baseUrl: `${model.url}/v1`,
    held,
    release: () => {
      for (const response of held.splice(0)) {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(completion({ content: 'Hello, Alice!' })));
      }
    },
  };
}

describe('more chats at once than are allowed', () => {
  it('are refused at once, and those that were accepted are finished', async () => {
    const sidecar = await startJsonServer(() => ({ message_count: 5 }));
    const model = await startHeldModel();
    const { app, logLines } = await build({
      maxChatsInFlight: 2,
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: model.baseUrl },
    });
    const accepted = [postChat(app), postChat(app)];
    await expect.poll(() => model.held.length).toBe(2);

    const refused = await postChat(app);
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.json()).toEqual({ detail: 'Too many chats at once' });
    // Other routes go on.
    expect((await app.inject('/health')).statusCode).toBe(200);

    model.release();
    for (const answer of await Promise.all(accepted)) expect(answer.statusCode).toBe(200);
    expect(sidecar.requests).toHaveLength(2);
    expect(logLines().filter(({ level }) => level >= 50)).toEqual([]);
  });

  it('find room again after every end: an answer, an error, a client that went', async () => {
    const sidecar = await startJsonServer(() => ({ message_count: 5 }));
    const model = await startHeldModel();
    const { app } = await build({
      maxChatsInFlight: 1,
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: model.baseUrl },
    });
    expect((await postChat(app, { text: ' ' })).statusCode).toBe(400);
    expect((await postChat(app, { text: 1 })).statusCode).toBe(422);

    await app.listen({ port: 0, host: '127.0.0.1' });
    const leaving = new AbortController();
    const left = fetch(`${app.listeningOrigin}/chat/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user_id":"alice","text":"Hello"}',
      signal: leaving.signal,
    });
    await expect.poll(() => model.held.length).toBe(1);
    expect((await postChat(app)).statusCode).toBe(503);
    const [abandoned] = model.held.splice(0);
    const gone = once(abandoned as ServerResponse, 'close');
    leaving.abort();
    await expect(left).rejects.toThrow();
    await gone;

    const next = postChat(app);
    await expect.poll(() => model.held.length).toBe(1);
    model.release();
    expect((await next).statusCode).toBe(200);
  });

  it('are counted over both forms of the path', async () => {
    const sidecar = await startJsonServer(() => ({ message_count: 5 }));
    const model = await startHeldModel();
    const { app } = await build({
      maxChatsInFlight: 1,
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: model.baseUrl },
    });
    const accepted = postChat(app);
    await expect.poll(() => model.held.length).toBe(1);
    const payload = { user_id: 'alice', text: 'Hello' };
    expect((await app.inject({ method: 'POST', url: '/chat', payload })).statusCode).toBe(503);
    model.release();
    await accepted;
  });
});

describe('a limit of requests a minute', () => {
  it('answers 429 with when to come back, for each client address by itself', async () => {
    const { app } = await build({ rateLimitPerMinute: 2 });
    const blank = (remoteAddress: string) =>
      app.inject({
        method: 'POST',
        url: '/chat/',
        remoteAddress,
        payload: { user_id: 'alice', text: ' ' },
      });
    const first = await blank('192.0.2.1');
    expect(first.statusCode).toBe(400);
    expect(first.headers).toMatchObject({ 'ratelimit-limit': '2', 'ratelimit-remaining': '1' });
    await blank('192.0.2.1');
    const limited = await blank('192.0.2.1');
    expect(limited.statusCode).toBe(429);
    expect(limited.json()).toEqual({ detail: 'Too many requests' });
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(limited.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await blank('192.0.2.2')).statusCode).toBe(400);
    // Only chats are limited.
    expect((await app.inject({ url: '/health', remoteAddress: '192.0.2.1' })).statusCode).toBe(200);
  });

  it('is off unless it is set', async () => {
    const { app } = await build();
    for (let sent = 0; sent < 5; sent += 1) {
      const { statusCode, headers } = await postChat(app, { text: ' ' });
      expect(statusCode).toBe(400);
      expect(headers['ratelimit-limit']).toBeUndefined();
    }
  });
});
