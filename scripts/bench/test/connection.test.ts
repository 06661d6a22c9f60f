import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connectTo } from '../connection.ts';
import { knownChats } from '../load.ts';

const [alice] = knownChats('Hello');
if (!alice) throw new Error('no exchange');

const good = {
  user_id: 'alice',
  reply: 'You have sent 5 messages.',
  metadata: { session_id: 'session of alice', timestamp: '2026-11-21T02:16:24Z' },
};

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const connectToServer = async (listener: RequestListener) => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = connectTo(`http://127.0.0.1:${port}`)();
  closers.push(() => {
    connection.close();
    server.closeAllConnections();
    server.close();
  });
  return connection;
};

const answering = (status: number, body: object, analytics = 'ok') =>
  connectToServer((_request, response) => {
    response.writeHead(status, { 'x-analytics': analytics }).end(JSON.stringify(body));
  });

describe('a connection', () => {
  it('finds nothing wrong with the right answer, time after time', async () => {
    const connection = await answering(200, good);
    expect(await connection.exchange(alice)).toBeUndefined();
    expect(await connection.exchange(alice)).toBeUndefined();
  });

  it.each([
    ['another status', () => answering(500, good), /answered 500 .*, not 200/],
    [
      "another user's count",
      () => answering(200, { ...good, reply: 'You have sent 3 messages.' }),
      /lacks/,
    ],
    ['another user', () => answering(200, { ...good, user_id: 'bob' }), /lacks/],
    ['another session', () => answering(200, { ...good, metadata: { session_id: 'x' } }), /lacks/],
    ['no metadata', () => answering(200, { ...good, metadata: null }), /lacks/],
    ['a fallback', () => answering(200, good, 'fallback; reason=timeout'), /x-analytics: fallback/],
    [
      'no JSON',
      () =>
        connectToServer((_request, response) => response.setHeader('x-analytics', 'ok').end('<p>')),
      /no JSON/,
    ],
    [
      'no answer',
      () => connectToServer((request) => request.socket.destroy()),
      /closed before the answer/,
    ],
  ])('names what is wrong: %s', async (_what, connect, message) => {
    const connection = await connect();
    expect(await connection.exchange(alice)).toMatch(message);
  });

  it('says that a connection is gone, also to the request after', async () => {
    const connection = await connectToServer((request) => request.socket.destroy());
    await connection.exchange(alice);
    expect(await connection.exchange(alice)).toMatch(/closed before the request/);
  });
});
