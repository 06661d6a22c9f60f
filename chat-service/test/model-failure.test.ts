import { afterEach, describe, expect, it, vi } from 'vitest';
import { apiKey, build, postChat } from './build.ts';
import { startJsonServer, startServer } from './local-server.ts';

const text = 'sentinel of a text';

afterEach(() => {
  vi.useRealTimers();
});

/** One chat with a model that answers every request with this status. */
async function chat(status: number, headers: Record<string, string> = {}, code = 'a_code') {
  const sidecar = await startJsonServer(() => ({ message_count: 5 }));
  const model = await startServer((request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    // Some APIs quote the key and the request.
    response.end(JSON.stringify({ error: { message: `${apiKey} ${request.body}`, code } }));
  });
  const { app, logLines, logText } = await build({
    sidecar: { httpPort: sidecar.port },
    model: { baseUrl: `${model.url}/v1` },
  });
  const response = await postChat(app, { text });
  expect(response.headers['x-analytics']).toBe('ok');
  expect(Object.keys(response.json())).toEqual(['detail']);
  const said = JSON.stringify(response.headers) + response.body + logText();
  expect(said).not.toContain(apiKey);
  expect(said).not.toContain(text);
  const errors = logLines().filter(({ level }) => level >= 50);
  expect(errors).toHaveLength(1);
  return { response, requests: model.requests, reason: errors[0]?.['reason'], error: errors[0] };
}

const refused = 'The model refused the request or failed';
const overloaded = 'The model is overloaded or its quota is used up';
const late = 'The model did not reply in time';

describe('a model that refuses', () => {
  it.each([
    [400, 502, refused],
    [401, 502, refused],
    [403, 502, refused],
    [404, 502, refused],
    [413, 502, refused],
    [422, 502, refused],
    [429, 503, overloaded],
    [302, 502, refused],
    [304, 502, refused],
  ])('with %d is asked once, and makes a %d', async (status, ours, detail) => {
    const { response, requests, reason } = await chat(status);
    expect(response.statusCode).toBe(ours);
    expect(response.json()).toEqual({ detail });
    expect(reason).toBe(status === 304 ? 'status 304' : `status ${status}, a_code`);
    expect(requests).toHaveLength(1);
  });

  it('is named in one line of the log, with the reason, the request and no stack', async () => {
    const { error, response } = await chat(401, { 'x-request-id': 'req_5' }, 'invalid_api_key');
    expect(error).toMatchObject({
      level: 50,
      msg: refused,
      reason: 'status 401, invalid_api_key, req_5',
      requestId: response.headers['x-request-id'],
    });
    expect(error).not.toHaveProperty('err');
  });

  it.each([apiKey, text, 'x'.repeat(65), ''])('is not quoted by its code %j', async (code) => {
    expect((await chat(400, {}, code)).reason).toBe('status 400');
  });
});

describe('a model that fails', () => {
  it('is asked once more where it may have been bad luck', async () => {
    const outcomes = [
      [500, 502, refused],
      [502, 502, refused],
      [409, 502, refused],
      [503, 503, overloaded],
      [529, 503, overloaded],
      [504, 504, late],
      [408, 504, late],
    ] as const;
    await Promise.all(
      outcomes.map(async ([status, ours, detail]) => {
        const { response, requests } = await chat(status);
        expect([status, response.statusCode, response.json()]).toEqual([status, ours, { detail }]);
        expect([status, requests.length]).toEqual([status, 2]);
      }),
    );
  });

  it.each(['retry-after', 'retry-after-ms'])(
    'is not waited for, however soon it may be asked again by %s',
    async (header) => {
      const { response, requests } = await chat(500, { [header]: '1' });
      expect(response.statusCode).toBe(502);
      expect(requests).toHaveLength(1);
    },
  );

  it('is not asked again at its own word', async () => {
    const { requests } = await chat(429, { 'x-should-retry': 'true' });
    expect(requests).toHaveLength(1);
  });
});

describe('Retry-After of a 503', () => {
  const now = new Date('2026-11-21T02:16:24Z');

  it.each([
    ['is what the model says', '7', '7'],
    ['is whole seconds', '1.2', '2'],
    ['is a second at least', '0', '1'],
    ['is an hour at most', '86400', '3600'],
    ['is 5 seconds for a number beyond all numbers', '9'.repeat(400), '5'],
    ['is worked out from a date', 'Sat, 21 Nov 2026 02:16:54 GMT', '30'],
    ['is a second for a date that has passed', 'Sat, 21 Nov 2026 02:00:00 GMT', '1'],
    ['is 5 seconds where the model says none', undefined, '5'],
    ['is 5 seconds for what is no time', 'soon', '5'],
    ['is 5 seconds for an empty one', '', '5'],
  ])('%s', async (_case, value, ours) => {
    vi.useFakeTimers({ toFake: ['Date'], now });
    const { response } = await chat(429, value === undefined ? {} : { 'retry-after': value });
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe(ours);
  });

  it.each([503, 529])('comes with a model that answers %d, too', async (status) => {
    const { response, requests } = await chat(status, { 'retry-after': '7' });
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('7');
    expect(requests).toHaveLength(1);
  });

  it('is not sent with any other status', async () => {
    const { response } = await chat(500, { 'retry-after': '7' });
    expect(response.headers).not.toHaveProperty('retry-after');
  });
});
