import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { build, postChat } from './build.ts';
import { freePort, startJsonServer, startServer, startTcpServer } from './local-server.ts';
import { startEchoModel } from './model.ts';

/** Chats through a sidecar on this port, and expects that the chat goes on with 0 and a reason. */
async function expectFallback(httpPort: number, reason: string, timeoutMs?: number) {
  const { baseUrl } = await startEchoModel();
  const { app, logLines } = await build({
    sidecar: { httpPort, ...(timeoutMs !== undefined && { timeoutMs }) },
    model: { baseUrl },
  });
  const response = await postChat(app);
  expect(response.headers['x-analytics']).toBe(`fallback; reason=${reason}`);
  expect(response.statusCode).toBe(200);
  expect(response.json().reply).toContain('The user has sent 0 messages so far');
  const fallbacks = logLines().filter((line) => line.msg === 'the message count falls back to 0');
  expect(fallbacks).toMatchObject([{ level: 40, reason, detail: expect.stringMatching(/.+/) }]);
  return fallbacks[0]?.['detail'];
}

const head = (length: number) =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

describe('the sidecar is not there', () => {
  it('and nobody listens on its port', async () => {
    expect(await expectFallback(await freePort(), 'sidecar-unreachable')).toContain('ECONNREFUSED');
  });

  it.each<[string, (socket: Socket) => void]>([
    ['resets the connection', (socket) => socket.resetAndDestroy()],
    ['closes it without an answer', (socket) => socket.end()],
    ['closes it within the head', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-')],
    ['closes it half-way through the body', (socket) => socket.end(`${head(19)}{"message_count"`)],
    [
      'closes it before the last chunk',
      (socket) =>
        socket.end(
          'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n13\r\n{"message_count":5}\r\n',
        ),
    ],
  ])('any more: it %s', async (_case, answer) => {
    await expectFallback(await startTcpServer(answer), 'sidecar-unreachable');
  });
});

describe('the sidecar does not answer in time', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => {}],
    ['stops within the head', (socket) => socket.write('HTTP/1.1 200 OK\r\n')],
    ['stops within the body', (socket) => socket.write(`${head(19)}{"message_count"`)],
  ])('when it %s', async (_case, answer) => {
    const detail = await expectFallback(await startTcpServer(answer), 'timeout', 150);
    expect(detail).toBe('no answer from the sidecar in 150 ms');
  });

  it('when each byte of the body comes soon, but not the last', async () => {
    const trickle = await startTcpServer((socket) => {
      socket.write(head(1_000_000));
      const timer = setInterval(() => socket.write(' '), 5);
      socket.once('close', () => clearInterval(timer));
    });
    await expectFallback(trickle, 'timeout', 150);
  });

  it('and its connection is given up, so that it need not answer any more', async () => {
    const closed = Promise.withResolvers<void>();
    const port = await startTcpServer((socket) => socket.once('close', () => closed.resolve()));
    await expectFallback(port, 'timeout', 150);
    await closed.promise;
  });
});

describe('the sidecar answers what cannot be an answer', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['another protocol', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    [
      'a length that is none',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n'),
    ],
    [
      'two lengths',
      (socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 5\r\n${head(19).slice(17)}`),
    ],
    [
      'a head of 100 KB',
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(100_000)}\r\n\r\n`),
    ],
  ])('%s', async (_case, answer) => {
    await expectFallback(await startTcpServer(answer), 'bad-answer');
  });

  it('a body of 2 MB, of which it is not let finish', async () => {
    const closed = Promise.withResolvers<void>();
    const { port } = await startServer((_request, response) => {
      response.once('close', () => {
        if (!response.writableFinished) closed.resolve();
      });
      // More than the sockets' buffers would take from it unread.
      response.writeHead(200, { 'content-length': 64 * 1024 * 1024 });
      response.write(`{"message_count":5,"x":"${'x'.repeat(2 * 1024 * 1024)}`);
    });
    expect(await expectFallback(port, 'bad-answer')).toContain('larger than 16384 bytes');
    await closed.promise;
  });

  it.each([
    '{"message_count":"5"}',
    '{"message_count":-1}',
    '{"message_count":1e308}',
    '{"message_count":5.5}',
    '{"message_count":null}',
    '{"message_count":true}',
    '<!DOCTYPE html><html><body>502 Bad Gateway</body></html>',
    '',
  ])('%j', async (body) => {
    const { port } = await startServer((_request, response) => response.end(body));
    await expectFallback(port, 'bad-answer');
  });

  it('no content', async () => {
    const { port } = await startServer((_request, response) => response.writeHead(204).end());
    await expectFallback(port, 'bad-answer');
  });

  it('a count that is just within the limit of the body', async () => {
    const body = (bytes: number) => '{"message_count":5}'.padEnd(bytes);
    const largest = await startServer((_request, response) => response.end(body(16_384)));
    const { baseUrl } = await startEchoModel();
    const { app } = await build({ sidecar: { httpPort: largest.port }, model: { baseUrl } });
    expect((await postChat(app)).headers['x-analytics']).toBe('ok');
    const larger = await startServer((_request, response) => response.end(body(16_385)));
    await expectFallback(larger.port, 'bad-answer');
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('%d is not followed', async (status) => {
    const elsewhere = await startJsonServer(() => ({ message_count: 5 }));
    const { port } = await startServer((_request, response) =>
      response.writeHead(status, { location: `${elsewhere.url}/analytics/alice` }).end(),
    );
    await expectFallback(port, 'bad-answer');
    expect(elsewhere.requests).toEqual([]);
  });
});

describe('a sidecar that comes back', () => {
  it('is asked again at the next message', async () => {
    let connections = 0;
    const port = await startTcpServer((socket) => {
      connections += 1;
      if (connections === 1) socket.resetAndDestroy();
      else socket.end(`${head(19)}{"message_count":5}`);
    });
    const { baseUrl } = await startEchoModel();
    const { app } = await build({ sidecar: { httpPort: port }, model: { baseUrl } });
    const answers = [await postChat(app), await postChat(app)];
    expect(answers.map(({ headers }) => headers['x-analytics'])).toEqual([
      'fallback; reason=sidecar-unreachable',
      'ok',
    ]);
  });
});
