import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { apiKey, build, postChat } from './build.ts';
import { freePort, startJsonServer, startServer, startTcpServer } from './local-server.ts';
import { completion, toolCall } from './model.ts';

const text = 'sentinel of a text';
const head = (length: number) =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

/** One chat with the model on this port, which fails with this status. */
async function expectFailure(port: number, status: number, timeoutMs = 20_000) {
  const sidecar = await startJsonServer(() => ({ message_count: 5 }));
  const { app, logLines, logText } = await build({
    sidecar: { httpPort: sidecar.port },
    model: { baseUrl: `http://127.0.0.1:${port}/v1`, timeoutMs },
  });
  const response = await postChat(app, { text });
  expect(response.statusCode).toBe(status);
  const errors = logLines().filter(({ level }) => level >= 50);
  expect(errors).toHaveLength(1);
  expect(response.body + logText()).not.toContain(apiKey);
  expect(response.body + logText()).not.toContain(text);
  return { detail: response.json().detail, reason: String(errors[0]?.['reason']) };
}

describe('a model that cannot be reached', () => {
  it('makes a 502, and the log says why', async () => {
    const { detail, reason } = await expectFailure(await freePort(), 502);
    expect(detail).toBe('The model could not be reached');
    expect(reason).toContain('ECONNREFUSED');
  });

  it.each<[string, (socket: Socket) => void]>([
    ['resets the connection', (socket) => socket.resetAndDestroy()],
    ['closes it half-way through the body', (socket) => socket.end(`${head(500)}{"choices"`)],
    ['speaks another protocol', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
  ])('is asked once more when it %s', async (_case, answer) => {
    let calls = 0;
    const port = await startTcpServer((socket) => {
      calls += 1;
      answer(socket);
    });
    const { detail } = await expectFailure(port, 502);
    expect(detail).toBe('The model could not be reached');
    expect(calls).toBe(2);
  });

  it('may be there at the second try', async () => {
    let calls = 0;
    const body = JSON.stringify(completion({ content: 'Hi!' }));
    const port = await startTcpServer((socket) => {
      calls += 1;
      if (calls === 1) socket.resetAndDestroy();
      else socket.end(head(body.length) + body);
    });
    const sidecar = await startJsonServer(() => ({ message_count: 5 }));
    const { app } = await build({
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: `http://127.0.0.1:${port}/v1` },
    });
    expect((await postChat(app)).json()).toMatchObject({ reply: 'Hi!' });
  });
});

describe('a model that does not reply in time', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['says nothing', () => {}],
    ['stops before the body', (response) => response.flushHeaders()],
    ['stops within the body', (response) => response.write('{"choices":')],
    [
      'fails just before, when no second try would end in time',
      (response) => response.writeHead(500).end(),
    ],
  ])('makes a 504 when it %s', async (_case, answer) => {
    const closed = Promise.withResolvers<void>();
    const { port, requests } = await startServer((_request, response) => {
      response.once('close', () => closed.resolve());
      answer(response);
    });
    const { detail } = await expectFailure(port, 504, 300);
    expect(detail).toBe('The model did not reply in time');
    expect(requests).toHaveLength(1);
    // The call is given up, so that it need not reply any more.
    await closed.promise;
  });

  it('makes a 504 when its turns together take too long, and none of them alone', async () => {
    const { port } = await startServer(({ body }, response) => {
      const answer = body.includes('"tool"') ? completion({ content: 'Hi!' }) : toolCall();
      response.setHeader('content-type', 'application/json');
      setTimeout(() => response.end(JSON.stringify(answer)), 200);
    });
    const { reason } = await expectFailure(port, 504, 300);
    expect(reason).toBe('no reply in 300 ms');
  });
});

describe('a model that answers what cannot be an answer', () => {
  it.each([
    ['HTML', 'text/html', '<!DOCTYPE html><html><body>sentinel of a text</body></html>'],
    ['HTML that is called JSON', 'application/json', '<!DOCTYPE html>'],
    [
      'half of a JSON text',
      'application/json',
      '{"choices":[{"message":{"content":"sentinel of a text',
    ],
    ['an empty body', 'application/json', ''],
    ['nothing of no type', '', ''],
    ['a stream of events', 'text/event-stream', 'data: {"choices":[]}\n\n'],
  ])('makes a 502: %s', async (_case, type, body) => {
    const { port, requests } = await startServer((_request, response) => {
      if (type) response.setHeader('content-type', type);
      response.end(body);
    });
    const { detail } = await expectFailure(port, 502);
    expect(detail).toBe('The model gave no usable reply');
    expect(requests).toHaveLength(1);
  });

  it('makes a 502 for no content', async () => {
    const { port } = await startServer((_request, response) => response.writeHead(204).end());
    await expectFailure(port, 502);
  });

  it('may answer with 1 MB, and not with more', async () => {
    const body = JSON.stringify(completion({ content: 'Hi!' }));
    const sized = (bytes: number) =>
      startServer((_request, response) => {
        response.setHeader('content-type', 'application/json');
        response.end(body.padEnd(bytes));
      });
    const sidecar = await startJsonServer(() => ({ message_count: 5 }));
    const largest = await sized(1024 * 1024);
    const { app } = await build({
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: `${largest.url}/v1` },
    });
    expect((await postChat(app)).json()).toMatchObject({ reply: 'Hi!' });

    const larger = await sized(1024 * 1024 + 1);
    const { reason } = await expectFailure(larger.port, 502);
    expect(reason).toBe('the answer is too large');
  });
});

describe('a redirect of the model', () => {
  it.each([301, 302, 307, 308])(
    '%d is not followed, and the key goes nowhere else',
    async (status) => {
      const elsewhere = await startJsonServer(() => completion({ content: 'Hi!' }));
      const { port, requests } = await startServer((_request, response) =>
        response.writeHead(status, { location: `${elsewhere.url}/v1/chat/completions` }).end(),
      );
      await expectFailure(port, 502);
      expect(requests).toHaveLength(1);
      expect(elsewhere.requests).toEqual([]);
    },
  );
});
