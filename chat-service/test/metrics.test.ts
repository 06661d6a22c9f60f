import { describe, expect, it } from 'vitest';
import { build, postChat } from './build.ts';
import { freePort, startJsonServer, startServer, startTcpServer } from './local-server.ts';
import { completion, toolCall } from './model.ts';
import { runService } from './service-process.ts';

interface Upstreams {
  /** What the sidecar answers; the count 5 if unset. */
  sidecar?: unknown;
  /** What the model answers, one after the other. */
  model?: unknown[];
  baseUrl?: string;
  timeoutMs?: number;
}

/** chat-service with metrics, and a way to read one of them: undefined where it is not there. */
async function buildMeasured({ sidecar, model = [], baseUrl, timeoutMs = 20_000 }: Upstreams = {}) {
  const count = await startJsonServer(() => sidecar ?? { message_count: 5 });
  const answers = [...model];
  const replies = await startJsonServer(
    () => answers.shift() ?? completion({ content: 'Hello, Alice!' }),
  );
  const metricsPort = await freePort();
  const { app } = await build({
    metricsPort,
    sidecar: { httpPort: count.port },
    model: { baseUrl: baseUrl ?? `${replies.url}/v1`, timeoutMs },
  });
  await app.ready();
  const url = `http://127.0.0.1:${metricsPort}/metrics`;
  const text = async () => (await fetch(url)).text();
  const value = async (sample: string) => {
    const line = (await text()).split('\n').find((line) => line.startsWith(`${sample} `));
    return line === undefined ? undefined : Number(line.slice(sample.length));
  };
  return { app, url, text, value };
}

const requests = (method: string, route: string, status: number) =>
  `http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`;

describe('the metrics', () => {
  it('are Prometheus text on a port of their own, and not on that of the service', async () => {
    const { app, url } = await buildMeasured();
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await response.text()).toContain('# TYPE chats_in_flight gauge\nchats_in_flight 0\n');
    expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(url, { method: 'POST' })).status).toBe(404);
    expect((await app.inject('/metrics')).statusCode).toBe(404);
  });

  it('are gone when the service is closed', async () => {
    const { app, url } = await buildMeasured();
    await fetch(url);
    await app.close();
    await expect(fetch(url)).rejects.toThrow();
  });

  it('keep the service from starting where their port is taken', { timeout: 30_000 }, async () => {
    const { port } = await startServer(() => {});
    const { code, stderr } = await runService({
      APP_PORT: String(await freePort()),
      APP_METRICS_PORT: String(port),
      OPENAI_API_KEY: 'sk-key',
    });
    expect(stderr).toMatch(/^chat-service cannot start: the metrics cannot be served .*\n$/);
    expect(stderr).toContain(`127.0.0.1:${port}`);
    expect(stderr).toContain('set APP_METRICS_PORT to a port that is free');
    expect(code).toBe(1);
  });
});

describe('a request is counted and timed', () => {
  it('by method, status and the pattern of its route', async () => {
    const { app, value, text } = await buildMeasured();
    await app.inject('/users/alice?role=admin');
    await app.inject('/users/bob');
    await app.inject('/users/a%2Fb');
    await postChat(app);
    await postChat(app, { text: '' });
    expect(await value(requests('GET', '/users/:user_id', 200))).toBe(2);
    expect(await value(requests('GET', '/users/:user_id', 422))).toBe(1);
    expect(await value(requests('POST', '/chat/', 200))).toBe(1);
    expect(await value(requests('POST', '/chat/', 400))).toBe(1);
    expect(await value(requests('POST', '/chat/', 200).replace('_count', '_sum'))).toBeGreaterThan(
      0,
    );
    expect(await text()).not.toMatch(/alice|bob|admin/);
  });

  it('as unknown where its path has no route, whatever it is', async () => {
    const { app, value, text } = await buildMeasured();
    for (const path of ['/nosuch', '/users/alice/more', '/chat/alice']) await app.inject(path);
    await app.inject('/chat/');
    expect(await value(requests('GET', 'unknown', 404))).toBe(3);
    expect(await value(requests('GET', 'unknown', 405))).toBe(1);
    expect(await text()).not.toMatch(/nosuch|alice/);
  });

  it('as 499 where the client goes before it has its answer', async () => {
    const asked = Promise.withResolvers<void>();
    const silent = await startTcpServer(() => asked.resolve());
    const { app, value } = await buildMeasured({ baseUrl: `http://127.0.0.1:${silent}/v1` });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const controller = new AbortController();
    const chat = fetch(`${url}/chat/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user_id":"alice","text":"Hello"}',
      signal: controller.signal,
    });
    await asked.promise;
    expect(await value('chats_in_flight')).toBe(1);
    controller.abort();
    await expect(chat).rejects.toThrow();
    await expect.poll(() => value(requests('POST', '/chat/', 499))).toBe(1);
    await expect
      .poll(() => value('model_call_duration_seconds_count{outcome="client-gone"}'))
      .toBe(1);
    expect(await value('chats_in_flight')).toBe(0);
  });
});

describe('the outcome of asking for the count is counted', () => {
  it.each([
    ['ok', { message_count: 5 }],
    ['bad-answer', { message_count: '5' }],
  ])('%s', async (outcome, sidecar) => {
    const { app, value } = await buildMeasured({ sidecar });
    await postChat(app);
    await postChat(app);
    expect(await value(`message_count_outcomes_total{outcome="${outcome}"}`)).toBe(2);
  });
});

describe('calls of the model are counted', () => {
  const calls = (outcome: string) => `model_call_duration_seconds_count{outcome="${outcome}"}`;

  it('each turn by itself, with its tokens and the tools it calls', async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 7, total_tokens: 107 };
    const { app, value } = await buildMeasured({
      model: [
        { ...toolCall(), usage },
        { ...completion({ content: 'It is late.' }), usage },
      ],
    });
    expect((await postChat(app)).statusCode).toBe(200);
    expect(await value(calls('ok'))).toBe(2);
    expect(await value('model_tokens_total{type="input"}')).toBe(200);
    expect(await value('model_tokens_total{type="output"}')).toBe(14);
    expect(await value('tool_calls_total{tool="get_current_time"}')).toBe(1);
  });

  it('with a tool that does not exist as unknown, and without one more at the last turn', async () => {
    const { app, value, text } = await buildMeasured({
      model: [toolCall('made-up'), toolCall('made-up'), toolCall('made-up')],
    });
    expect((await postChat(app)).statusCode).toBe(502);
    expect(await value('tool_calls_total{tool="unknown"}')).toBe(3);
    expect(await value(calls('ok'))).toBe(3);
    expect(await value(calls('failed'))).toBeUndefined();
    expect(await text()).not.toContain('made-up');
  });

  it('once, where the tool refuses what it wants', async () => {
    const args = JSON.stringify({ a: 'x'.repeat(300) });
    const { app, value } = await buildMeasured({ model: [toolCall('get_current_time', args)] });
    expect((await postChat(app)).statusCode).toBe(502);
    expect(await value(calls('ok'))).toBe(1);
    expect(await value(calls('failed'))).toBeUndefined();
  });

  it('once, where the reply that came is of no use', async () => {
    const { app, value } = await buildMeasured({ model: [completion({ content: '' })] });
    expect((await postChat(app)).statusCode).toBe(502);
    expect(await value(calls('ok'))).toBe(1);
    expect(await value(calls('failed'))).toBeUndefined();
  });

  it.each([
    [400, 'failed', 502],
    [429, 'overloaded', 503],
    [504, 'timeout', 504],
  ])('where it answers %d as %s', async (status, outcome, answered) => {
    const model = await startServer((_request, response) => response.writeHead(status).end());
    const { app, value } = await buildMeasured({ baseUrl: `${model.url}/v1` });
    expect((await postChat(app)).statusCode).toBe(answered);
    expect(await value(calls(outcome))).toBe(1);
    expect(await value(calls('ok'))).toBeUndefined();
  });

  it('where it does not answer in time as timeout', async () => {
    const port = await startTcpServer(() => {});
    const { app, value } = await buildMeasured({
      baseUrl: `http://127.0.0.1:${port}/v1`,
      timeoutMs: 100,
    });
    expect((await postChat(app)).statusCode).toBe(504);
    expect(await value(calls('timeout'))).toBe(1);
  });
});
