import { describe, expect, it } from 'vitest';
import { apiKey, build, postChat } from './build.ts';
import { startServer } from './local-server.ts';
import { completion } from './model.ts';

const apiToken = 'sentinel-of-the-dapr-token';
const text = 'sentinel of a text';
const instruction = 'You are a helpful chatbot';
const everything = JSON.stringify({ text, apiKey, apiToken, instruction });

const sidecarAnswers: [string, number, string][] = [
  ['gives the count', 200, '{"message_count":5}'],
  ['gives nonsense', 200, everything],
  ['refuses', 400, everything],
  ['fails', 500, JSON.stringify({ message: everything, detail: everything })],
];

const modelAnswers: [string, number, string][] = [
  ['replies', 200, JSON.stringify(completion({ content: 'Hi!' }))],
  ['gives nonsense', 200, everything],
  ['gives HTML', 200, `<html>${everything}`],
  ['refuses', 401, JSON.stringify({ error: { message: everything, code: apiKey, type: text } })],
  ['refuses without JSON', 403, everything],
  ['has no capacity', 429, JSON.stringify({ error: everything })],
];

const cases = sidecarAnswers.flatMap((sidecar) =>
  modelAnswers.map((model) => ({ sidecar, model, name: `${sidecar[0]} | ${model[0]}` })),
);

describe('neither key, token, text nor instructions are said or logged, at any level', () => {
  it.each(cases)('sidecar | model: $name', async ({ sidecar, model }) => {
    const play = ([, status, body]: [string, number, string]) =>
      startServer((_request, response) => response.writeHead(status).end(body));
    const upstream = { sidecar: await play(sidecar), model: await play(model) };
    const { app, logText } = await build({
      logLevel: 'trace',
      sidecar: { httpPort: upstream.sidecar.port, apiToken },
      model: { baseUrl: `${upstream.model.url}/v1` },
    });
    const response = await postChat(app, { text });
    expect(upstream.model.requests.length).toBeGreaterThan(0);
    expect(logText()).not.toBe('');
    const said = JSON.stringify(response.headers) + response.body + logText();
    for (const secret of [text, apiKey, apiToken, instruction]) expect(said).not.toContain(secret);
  });

  it('for a message that does not validate', async () => {
    const { app, logText } = await build({ logLevel: 'trace' });
    for (const body of [{ user_id: `${text}/`, text }, { text: [text] }, { tags: text, text }]) {
      expect((await postChat(app, body)).statusCode).toBe(422);
    }
    expect(logText()).not.toContain(text);
  });
});

describe('the log', () => {
  it('has one line for a request, which says how it ended', async () => {
    const { app, logLines } = await build();
    const { headers } = await app.inject('/users/alice?role=admin');
    expect(logLines()).toEqual([
      expect.objectContaining({
        level: 30,
        msg: 'request',
        method: 'GET',
        url: '/users/alice?role=admin',
        status: 200,
        durationMs: expect.any(Number),
        requestId: headers['x-request-id'],
      }),
    ]);
  });

  it.each([
    ['/nosuch', 404],
    ['/chat/', 405],
    ['/users/a%2Fb', 422],
  ])('has such a line for %s, too: %d', async (url, status) => {
    const { app, logLines } = await build();
    await app.inject(url);
    expect(logLines()).toMatchObject([{ msg: 'request', level: 30, status }]);
  });

  it.each([
    ['info', 2],
    ['warn', 1],
    ['error', 1],
    ['silent', 0],
  ] as const)(
    'at the level %s has %d lines for a chat without a model',
    async (logLevel, lines) => {
      const sidecar = await startServer((_request, response) =>
        response.end('{"message_count":5}'),
      );
      const model = await startServer((_request, response) => response.writeHead(400).end());
      const { app, logLines } = await build({
        logLevel,
        sidecar: { httpPort: sidecar.port },
        model: { baseUrl: `${model.url}/v1` },
      });
      await postChat(app);
      expect(logLines()).toHaveLength(lines);
    },
  );
});

describe('an error that nobody expected', () => {
  it('is answered 500 without a word about it, and logged whole', async () => {
    const { app, logLines } = await build();
    app.get('/fails', () => {
      throw new Error('sentinel of an error');
    });
    const response = await app.inject('/fails');
    expect(response.statusCode).toBe(500);
    expect(response.body).toBe('{"detail":"Internal Server Error"}');
    const errors = logLines().filter(({ level }) => level >= 50);
    expect(errors).toMatchObject([
      {
        level: 50,
        msg: 'the request failed',
        err: { message: 'sentinel of an error', stack: expect.stringContaining('logging.test.ts') },
      },
    ]);
  });

  it('is answered 500 also where it has a status of its own', async () => {
    const { app } = await build();
    app.get('/fails', () => {
      throw Object.assign(new Error('sentinel of an error'), { statusCode: 503 });
    });
    const response = await app.inject('/fails');
    expect(response.statusCode).toBe(500);
    expect(response.body).toBe('{"detail":"Internal Server Error"}');
  });
});
