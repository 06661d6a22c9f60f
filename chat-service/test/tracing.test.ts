import { describe, expect, it } from 'vitest';
import { build, postChat } from './build.ts';
import { freePort, startJsonServer, startServer, startTcpServer } from './local-server.ts';
import { completion, toolCall } from './model.ts';
import { startService } from './service-process.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const clientSpan = 'b7ad6b7169203331';
const traced = { traceparent: `00-${traceId}-${clientSpan}-01` };

type Value = { stringValue?: string; intValue?: number; arrayValue?: { values: Value[] } };

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Value }[];
  status: { code: number };
}

/** chat-service that exports its traces, to a collector whose spans can be read once it is closed. */
async function buildTraced({ model = [], sidecar }: { model?: unknown[]; sidecar?: number } = {}) {
  const answers = [...model];
  const count = await startJsonServer(() => ({ message_count: 5 }));
  const replies = await startJsonServer(() => answers.shift() ?? completion({ content: 'Hi!' }));
  const collector = await startJsonServer(() => ({}));
  const built = await build({
    sidecar: { httpPort: sidecar ?? count.port },
    model: { baseUrl: `${replies.url}/v1` },
    traceExport: { otlpUrl: `${collector.url}/v1/traces`, zipkinUrl: undefined },
  });
  const spans = async () => {
    await built.app.close();
    const exported = collector.requests.flatMap(({ body }) => JSON.parse(body).resourceSpans);
    return exported
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap((scope): OtlpSpan[] => scope.spans)
      .map((span) => ({
        ...span,
        attributes: Object.fromEntries(
          span.attributes.map(({ key, value }) => [key, plain(value)]),
        ),
      }));
  };
  return { ...built, spans, sidecarRequests: count.requests };
}

function plain({ stringValue, intValue, arrayValue }: Value): unknown {
  return stringValue ?? intValue ?? arrayValue?.values.map(plain);
}

describe('a chat that is traced', () => {
  it('is one span of the client, with one for the sidecar and one for the model below it', async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 7, total_tokens: 107 };
    const { app, spans, sidecarRequests } = await buildTraced({
      model: [{ ...completion({ content: 'Hi!' }), usage }],
    });
    await postChat(app, {}, traced);
    const all = await spans();
    const [request] = all.filter(({ kind }) => kind === 2);
    expect(request).toMatchObject({
      traceId,
      parentSpanId: clientSpan,
      name: 'POST /chat/',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/chat/',
        'http.response.status_code': 200,
        'url.path': '/chat/',
        'url.scheme': 'http',
      },
    });
    const [invocation, model] = all.filter(({ kind }) => kind === 3);
    expect(all).toHaveLength(3);
    expect(invocation).toMatchObject({
      traceId,
      parentSpanId: request?.spanId,
      name: 'invoke analytics-service',
      status: { code: 0 },
    });
    expect(sidecarRequests[0]?.headers['traceparent']).toBe(
      `00-${traceId}-${invocation?.spanId}-01`,
    );
    expect(model).toMatchObject({
      traceId,
      parentSpanId: request?.spanId,
      name: 'chat gpt-4o',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.request.max_tokens': 1024,
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 100,
        'gen_ai.usage.output_tokens': 7,
        'server.address': '127.0.0.1',
      },
    });
  });

  it('has a span for each call of the model, one after the other', async () => {
    const { app, spans } = await buildTraced({ model: [toolCall()] });
    await postChat(app);
    const [first, second, ...more] = (await spans()).filter(({ name }) => name.startsWith('chat '));
    expect(more).toEqual([]);
    expect(first?.attributes['gen_ai.response.finish_reasons']).toEqual(['tool_calls']);
    expect(BigInt(first?.endTimeUnixNano ?? 0)).toBeLessThanOrEqual(
      BigInt(second?.startTimeUnixNano ?? 0),
    );
  });

  it('says what failed: the invocation by its reason, the model by how', async () => {
    const { app, spans } = await buildTraced({ model: [toolCall(), {}], sidecar: 1 });
    await postChat(app);
    const failed = (await spans()).filter(({ status }) => status.code === 2);
    expect(failed.map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
      ['invoke analytics-service', 'sidecar-unreachable'],
      ['chat gpt-4o', 'failed'],
      ['POST /chat/', '502'],
    ]);
  });

  it('has its id in the log, also where the client sent none', async () => {
    const { app, spans, logLines } = await buildTraced();
    await postChat(app);
    const [line] = logLines().filter(({ msg }) => msg === 'request');
    expect(line?.['traceId']).toMatch(/^[\da-f]{32}$/);
    expect(new Set((await spans()).map(({ traceId }) => traceId))).toEqual(
      new Set([line?.['traceId']]),
    );
  });

  it('is not exported, but passed on, where the client decided so', async () => {
    const { app, spans, sidecarRequests } = await buildTraced();
    await postChat(app, {}, { traceparent: `00-${traceId}-${clientSpan}-00` });
    expect(sidecarRequests[0]?.headers['traceparent']).toMatch(
      new RegExp(`^00-${traceId}-[\\da-f]{16}-00$`),
    );
    expect(await spans()).toEqual([]);
  });

  it('holds no prompt, reply, instruction or key', async () => {
    const { app, spans } = await buildTraced({
      model: [completion({ content: 'sentinel of a reply' })],
    });
    await postChat(app, { text: 'sentinel of a text' });
    const all = await spans();
    expect(all).toHaveLength(3);
    expect(JSON.stringify(all)).not.toMatch(/sentinel|helpful chatbot/);
  });
});

describe('a request that is no chat', () => {
  it('is a span as well, but not a probe', async () => {
    const { app, spans } = await buildTraced();
    await app.inject('/health');
    await app.inject('/users/alice?role=admin');
    await app.inject('/nosuch');
    expect((await spans()).map(({ name, attributes }) => [name, attributes['url.path']])).toEqual([
      ['GET /users/:user_id', '/users/alice'],
      ['GET', '/nosuch'],
    ]);
  });
});

describe('a collector that takes nothing', () => {
  it.each([
    [
      'refuses',
      async () => (await startServer((_, response) => response.writeHead(400).end())).port,
      /status code from zipkin: 400/,
    ],
    ['is not there', freePort, /ECONNREFUSED/],
  ])('costs no chat, but a warning: it %s', async (_what, start, detail) => {
    const sidecar = await startJsonServer(() => ({ message_count: 5 }));
    const model = await startJsonServer(() => completion({ content: 'Hi!' }));
    const host = `127.0.0.1:${await start()}`;
    const { app, logText, logLines } = await build({
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: `${model.url}/v1` },
      traceExport: { otlpUrl: undefined, zipkinUrl: `http://user:password@${host}/api/v2/spans` },
    });
    expect((await postChat(app)).statusCode).toBe(200);
    await app.close();
    expect(logLines().filter(({ level }) => level >= 40)).toMatchObject([
      {
        level: 40,
        msg: 'spans are lost: is the collector there, and well?',
        detail: expect.stringMatching(detail),
        to: [`http://${host}`],
      },
    ]);
    expect(logText()).not.toContain('password');
    expect(logText()).not.toContain('node_modules');
  });

  it('does not keep the service from ending', { timeout: 10_000 }, async () => {
    const asked = Promise.withResolvers<void>();
    const port = await startTcpServer(() => asked.resolve());
    const sidecar = await startJsonServer(() => ({ message_count: 5 }));
    const model = await startJsonServer(() => completion({ content: 'Hi!' }));
    const { app, logLines } = await build({
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: `${model.url}/v1` },
      traceExport: { otlpUrl: undefined, zipkinUrl: `http://127.0.0.1:${port}/api/v2/spans` },
    });
    expect((await postChat(app)).statusCode).toBe(200);
    // A batch is under way, and stays so.
    await asked.promise;
    await app.close();
    expect(logLines().map(({ detail }) => detail)).toContain(
      'the last spans could not be sent in 3000 ms',
    );
  });
});

/** Makes a process say which modules it loads. */
const sayWhatIsLoaded = `--import=data:text/javascript,${encodeURIComponent(
  'import{registerHooks}from"node:module";registerHooks({load(url,context,next){console.error(url);return next(url,context)}})',
)}`;

describe('the SDK of OpenTelemetry', { timeout: 30_000 }, () => {
  it.each([
    ['not loaded without an endpoint', {}, false],
    ['loaded with one', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }, true],
  ])('is %s', async (_what, env, isLoaded) => {
    const { output, kill, exitCode } = await startService({
      ...env,
      APP_PORT: String(await freePort()),
      OPENAI_API_KEY: 'sk-key',
      NODE_OPTIONS: sayWhatIsLoaded,
    });
    kill('SIGTERM');
    expect(await exitCode()).toBe(0);
    expect(output()).toContain('/src/app.ts');
    expect(/opentelemetry.*(?:sdk|exporter)/.test(output())).toBe(isLoaded);
  });
});
