import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { build } from './build.ts';

/** Sends these bytes over a connection of its own, and reads until the service closes it. */
async function exchange(bytes: string) {
  const { app } = await build();
  await app.listen({ port: 0, host: '127.0.0.1' });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  const answer = await text(socket);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const [statusLine, ...headers] = head.split('\r\n');
  return { statusLine, headers, body };
}

const post = (headers: string, body: string) =>
  `POST /chat/ HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${headers}\r\n\r\n${body}`;

describe('bytes that are no request', () => {
  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['a method that there is not', 'GIT / HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nhost\r\n\r\n'],
    ['two lengths', post('content-length: 2\r\ncontent-length: 3', '{}')],
    ['a length and chunks', post('content-length: 2\r\ntransfer-encoding: chunked', '{}')],
    ['a length that is none', post('content-length: x', '{}')],
    ['a chunk whose size is none', post('transfer-encoding: chunked', 'x\r\n{}\r\n0\r\n\r\n')],
  ])('are answered 400: %s', async (_case, bytes) => {
    const { statusLine, headers, body } = await exchange(bytes);
    expect(statusLine).toBe('HTTP/1.1 400 Bad Request');
    expect(headers).toContain('connection: close');
    expect(headers).toContain('content-type: application/json; charset=utf-8');
    expect(headers).toContain(`content-length: ${body.length}`);
    expect(JSON.parse(body)).toEqual({ detail: 'Bad Request' });
  });

  it('are answered 400 by Node itself, without a body, where the host is missing', async () => {
    const { statusLine } = await exchange('GET / HTTP/1.1\r\n\r\n');
    expect(statusLine).toBe('HTTP/1.1 400 Bad Request');
  });

  it('are answered 431 where the head has no end', async () => {
    const { statusLine, body } = await exchange(`GET / HTTP/1.1\r\nx-long: ${'x'.repeat(20_000)}`);
    expect(statusLine).toBe('HTTP/1.1 431 Request Header Fields Too Large');
    expect(JSON.parse(body)).toEqual({ detail: 'Request Header Fields Too Large' });
  });
});

describe('a body that comes in chunks', () => {
  const chunk = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n`;

  it('is read like any other', async () => {
    const body = `${chunk('{"user_id":"ali')}${chunk('ce","text":""}')}0\r\n\r\n`;
    const answer = await exchange(post('transfer-encoding: chunked\r\nconnection: close', body));
    expect(answer.statusLine).toBe('HTTP/1.1 400 Bad Request');
    expect(answer.body).toBe('{"detail":"Message text cannot be empty"}');
  });

  it('is answered 413 as soon as it is too large, though it announces no size', async () => {
    const answer = await exchange(
      post('transfer-encoding: chunked\r\nconnection: close', chunk(' '.repeat(256 * 1024 + 1))),
    );
    expect(answer.statusLine).toBe('HTTP/1.1 413 Payload Too Large');
    expect(answer.body).toContain('The request body is too large');
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

  it('serve one request after the other', async () => {
    const get = (connection: string) =>
      `GET /health HTTP/1.1\r\nhost: x\r\nconnection: ${connection}\r\n\r\n`;
    const { app } = await build();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(get('keep-alive') + get('close'));
    const answer = await text(socket);
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(answer.match(/\{"status":"healthy"\}/g)).toHaveLength(2);
  });
});

describe('a client that goes before its request is whole', () => {
  it('leaves no error in the log, and the service serves on', async () => {
    const { app, logLines } = await build();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(post('content-length: 100', '{"user_id"'));
    const [request] = await once(app.server, 'request');
    const closed = Promise.withResolvers<void>();
    request.socket.once('close', closed.resolve);
    socket.resetAndDestroy();
    await closed.promise;
    expect((await app.inject('/health')).statusCode).toBe(200);
    expect(logLines().filter(({ level }) => level > 30)).toEqual([]);
  });
});
