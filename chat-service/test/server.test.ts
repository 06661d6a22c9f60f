import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { apiKey } from './build.ts';
import { freePort, startJsonServer, startServer } from './local-server.ts';
import { completion } from './model.ts';
import { runService, startService } from './service-process.ts';

const key = { OPENAI_API_KEY: apiKey };

/** Whether anybody accepts a connection there. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('node src/server.ts', { timeout: 30_000 }, () => {
  it('listens, answers, and ends with 0 on SIGINT', async () => {
    const port = await freePort();
    const service = await startService({ ...key, APP_PORT: String(port) });
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    expect(await response.json()).toEqual({ status: 'healthy' });
    service.kill('SIGINT');
    expect(await service.exitCode()).toBe(0);
    expect(service.output()).not.toContain(apiKey);
  });

  it('on SIGTERM accepts nobody new, and ends when the chat in flight has its reply', async () => {
    const sidecar = await startJsonServer(() => ({ message_count: 5 }));
    const asked = Promise.withResolvers<() => void>();
    const model = await startServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      asked.resolve(() => response.end(JSON.stringify(completion({ content: 'Hi!' }))));
    });
    const port = await freePort();
    const service = await startService({
      APP_PORT: String(port),
      DAPR_HTTP_PORT: String(sidecar.port),
      OPENAI_BASE_URL: `${model.url}/v1`,
    });
    const chat = fetch(`http://127.0.0.1:${port}/chat/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user_id":"alice","text":"Hello"}',
    });
    const letReply = await asked.promise;
    service.kill('SIGTERM');
    while (await accepts(port));
    letReply();
    const response = await chat;
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ reply: 'Hi!' });
    expect(await service.exitCode()).toBe(0);
  });

  it('on SIGTERM waits for a chat no longer than it is told to', async () => {
    const sidecar = await startJsonServer(() => ({ message_count: 5 }));
    const asked = Promise.withResolvers<void>();
    const model = await startServer(() => asked.resolve());
    const port = await freePort();
    const service = await startService({
      APP_PORT: String(port),
      DAPR_HTTP_PORT: String(sidecar.port),
      OPENAI_BASE_URL: `${model.url}/v1`,
      SHUTDOWN_TIMEOUT_MS: '50',
    });
    const chat = fetch(`http://127.0.0.1:${port}/chat/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user_id":"alice","text":"Hello"}',
    });
    await asked.promise;
    service.kill('SIGTERM');
    await expect(chat).rejects.toThrow();
    expect(await service.exitCode()).toBe(1);
  });
});

describe('node src/server.ts that cannot start', { timeout: 30_000 }, () => {
  it('says what to set where there is no key, and has not listened', async () => {
    const port = await freePort();
    const { code, stdout, stderr } = await runService({ APP_PORT: String(port) });
    expect(stderr).toBe(
      'chat-service cannot start: The configuration is not usable:\n  OPENAI_API_KEY is not set: set it (or GEMINI_API_KEY), or set OPENAI_BASE_URL to an API that needs no key; `pnpm start` in the project needs neither\n',
    );
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it('names every wrong variable, and no secret', async () => {
    const { code, stdout, stderr } = await runService({
      APP_PORT: 'x',
      LOG_LEVEL: 'loud',
      DAPR_API_TOKEN: 'sentinel of a token',
    });
    for (const name of ['APP_PORT', 'LOG_LEVEL', 'DAPR_API_TOKEN']) expect(stderr).toContain(name);
    expect(stderr).not.toContain('sentinel');
    expect(stderr).not.toContain(' at ');
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it('names a port that is taken, and what to do', async () => {
    const { port } = await startServer(() => {});
    const { code, stderr } = await runService({ ...key, APP_PORT: String(port) });
    expect(stderr).toMatch(/^chat-service cannot start: listen EADDRINUSE: .*\n$/);
    expect(stderr).toContain(`127.0.0.1:${port}`);
    expect(stderr).toContain('stop the process that listens there, or set APP_PORT');
    expect(code).toBe(1);
  });

  it('names a host that is none of this machine', async () => {
    const { code, stderr } = await runService({ ...key, HOST: '192.0.2.1' });
    expect(stderr).toContain('192.0.2.1');
    expect(stderr).toContain('set HOST to an address of this machine');
    expect(code).toBe(1);
  });
});
