import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type App, build } from './build.ts';

async function connectTo(app: App) {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

describe('bytes that are no request', () => {
  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 400, 'Bad Request'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nhost\r\n\r\n', 400, 'Bad Request'],
    [
      'a head without an end',
      `GET / HTTP/1.1\r\nx-long: ${'x'.repeat(20_000)}`,
      431,
      'Request Header Fields Too Large',
    ],
  ])('are answered as JSON: %s', async (_case, bytes, status, detail) => {
    const { app } = await build();
    const socket = await connectTo(app);
    socket.write(bytes);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    const [statusLine, ...headers] = head.split('\r\n');
    expect(statusLine).toBe(`HTTP/1.1 ${status} ${detail}`);
    expect(headers).toEqual([
      'content-type: application/json; charset=utf-8',
      `content-length: ${body.length}`,
      'connection: close',
    ]);
    expect(JSON.parse(body)).toEqual({ detail });
  });
});

describe('connections', () => {
  it('stay open for longer than the 90 s for which daprd keeps them idle', async () => {
    const { app } = await build();
    expect(app.server.keepAliveTimeout).toBeGreaterThan(90_000);
  });

  it('are closed when a request takes more than 30 s to arrive', async () => {
    const { app } = await build();
    expect(app.server.requestTimeout).toBe(30_000);
  });

  it('end when the service closes, with the request in flight as with idle ones', async () => {
    const { app } = await build();
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    app.get('/slow', async () => {
      started.resolve();
      await finish.promise;
      return {};
    });
    const closing = Promise.withResolvers<void>();
    app.addHook('preClose', async () => closing.resolve());
    const socket = await connectTo(app);
    socket.write('GET /slow HTTP/1.1\r\nhost: x\r\nconnection: keep-alive\r\n\r\n');
    await started.promise;
    const closed = app.close();
    await closing.promise;
    finish.resolve();
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/^connection: close\r$/im);
    await closed;
  });
});
