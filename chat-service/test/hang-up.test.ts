import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type App, build, type LogLine } from './build.ts';
import { startJsonServer, startServer } from './local-server.ts';
import { toolCall } from './model.ts';

/** A server that never answers, and says when it is asked and when its caller has gone. */
async function startSilentServer() {
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const { port, url } = await startServer((_request, response) => {
    asked.resolve();
    response.once('close', () => left.resolve());
  });
  return { port, url, asked: asked.promise, left: left.promise };
}

/** Sends a chat message over a connection that the test can break. */
async function send(app: App) {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const client = request({
    host: '127.0.0.1',
    port,
    path: '/chat/',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  client.on('error', () => {});
  client.end('{"user_id":"alice","text":"Hello"}');
  return client;
}

const gone = 'the client has gone';

describe('a client that hangs up', () => {
  it('while the sidecar is asked cancels that, and the model is not asked', async () => {
    const sidecar = await startSilentServer();
    const model = await startJsonServer(() => ({}));
    const { app, logLines, nextLine } = await build({
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: `${model.url}/v1` },
    });
    const client = await send(app);
    await sidecar.asked;
    const ended = nextLine(gone);
    client.destroy();
    await sidecar.left;
    await ended;
    expect(model.requests).toEqual([]);
    expectQuietEnd(logLines());
  });

  it('while the model is asked cancels that', async () => {
    const sidecar = await startJsonServer(() => ({ message_count: 5 }));
    const model = await startSilentServer();
    const { app, logLines, nextLine } = await build({
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: `${model.url}/v1` },
    });
    const client = await send(app);
    await model.asked;
    const ended = nextLine(gone);
    client.destroy();
    await model.left;
    await ended;
    expectQuietEnd(logLines());
  });

  it('while the model waits for its second try is not charged for that', async () => {
    const sidecar = await startJsonServer(() => ({ message_count: 5 }));
    const failed = Promise.withResolvers<void>();
    const model = await startServer((_request, response) => {
      response.writeHead(500).end(() => failed.resolve());
    });
    const { app, logLines, nextLine } = await build({
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: `${model.url}/v1` },
    });
    const client = await send(app);
    await failed.promise;
    const ended = nextLine(gone);
    client.destroy();
    await ended;
    expect(model.requests).toHaveLength(1);
    expectQuietEnd(logLines());
  });

  it('between two turns ends them', async () => {
    const sidecar = await startJsonServer(() => ({ message_count: 5 }));
    const second = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const model = await startServer(({ body }, response) => {
      response.setHeader('content-type', 'application/json');
      if (!body.includes('"tool"')) return response.end(JSON.stringify(toolCall()));
      second.resolve();
      return response.once('close', () => left.resolve());
    });
    const { app, logLines, nextLine } = await build({
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: `${model.url}/v1` },
    });
    const client = await send(app);
    await second.promise;
    const ended = nextLine(gone);
    client.destroy();
    await left.promise;
    await ended;
    expect(model.requests).toHaveLength(2);
    expectQuietEnd(logLines());
  });
});

/** One line for what happened, and none that calls it an error or a fallback. */
function expectQuietEnd(lines: LogLine[]) {
  const about = lines.filter(({ msg }) => !msg.startsWith('Server listening'));
  expect(about).toMatchObject([
    { level: 30, msg: gone, method: 'POST', url: '/chat/', status: 499 },
  ]);
}
