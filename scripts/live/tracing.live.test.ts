import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp as buildAnalytics } from '../../analytics-service/src/app.ts';
import { readConfig as readAnalyticsConfig } from '../../analytics-service/src/config.ts';
import { buildApp as buildChat } from '../../chat-service/src/app.ts';
import { readConfig as readChatConfig } from '../../chat-service/src/config.ts';
import { uniqueAppId } from './app-id.ts';
import { runtime } from './runtime.ts';
import { type SidecarOptions, type SidecarProcess, startSidecar } from './sidecar-process.ts';
import { startTraceCollector, type ZipkinSpan } from './zipkin-collector.ts';

const configurationFile = path.resolve(import.meta.dirname, '../../dapr/configuration.yaml');
const clientSpan = 'b7ad6b7169203331';
const prompt = 'sentinel of a prompt';

const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_763_000_000,
  model: 'gpt-4o-2024-11-20',
  usage: { prompt_tokens: 90, completion_tokens: 4, total_tokens: 94 },
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
};

describe.skipIf(!runtime)('one trace of a chat', () => {
  const ends: (() => unknown)[] = [];
  let collector: Awaited<ReturnType<typeof startTraceCollector>>;
  let modelUrl: string;

  beforeAll(async () => {
    collector = await startTraceCollector();
    ends.push(collector.stop);
    const model = createServer((request, response) => {
      request.resume();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(completion));
    }).listen(0, '127.0.0.1');
    await once(model, 'listening');
    ends.push(() => {
      model.closeAllConnections();
      model.close();
    });
    modelUrl = `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`;
  });

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  /** Both services beside real sidecars; one chat of a client that traces; all stopped again. */
  const chat = async (
    traceId: string,
    serviceEnv: Record<string, string>,
    sidecarOptions: Partial<SidecarOptions>,
  ) => {
    const env = { ...serviceEnv, LOG_LEVEL: 'silent' };
    const analytics = await buildAnalytics(readAnalyticsConfig(env));
    await analytics.listen({ port: 0, host: '127.0.0.1' });
    const sidecars: SidecarProcess[] = [];
    ends.push(() => Promise.all(sidecars.map((sidecar) => sidecar.stop())));
    const start = async (options: SidecarOptions) => {
      const sidecar = await startSidecar({ ...options, ...sidecarOptions });
      sidecars.push(sidecar);
      return sidecar;
    };
    const [callee, caller] = await Promise.all([
      start({
        appId: uniqueAppId('analytics'),
        appPort: (analytics.server.address() as AddressInfo).port,
      }),
      start({ appId: uniqueAppId('chat') }),
    ]);
    const service = await buildChat(
      readChatConfig({
        ...env,
        DAPR_HTTP_PORT: String(caller.httpPort),
        ANALYTICS_APP_ID: callee.appId,
        ANALYTICS_TIMEOUT_MS: '10000',
        OPENAI_BASE_URL: modelUrl,
      }),
    );
    const answer = await service.inject({
      method: 'POST',
      url: '/chat/',
      headers: { traceparent: `00-${traceId}-${clientSpan}-01` },
      payload: { user_id: 'alice', text: prompt },
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['x-analytics']).toBe('ok');
    // Each sends its last spans when it ends.
    await Promise.all([service.close(), analytics.close()]);
    return { caller: caller.appId, callee: callee.appId, sidecars };
  };

  it('leads from the client through both sidecars to analytics, and to the model', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const zipkin = `${collector.url}/api/v2/spans`;
    const folder = mkdtempSync(path.join(tmpdir(), 'dapr-tracing-'));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    const configPath = path.join(folder, 'configuration.yaml');
    writeFileSync(configPath, withTracing(readFileSync(configurationFile, 'utf8'), zipkin));

    const env = { OTEL_EXPORTER_ZIPKIN_ENDPOINT: zipkin };
    const { caller, callee } = await chat(traceId, env, { configPath });
    const trace = () => collector.spans.filter((span) => span.traceId === traceId);
    const of = (serviceName: string) =>
      trace().filter(({ localEndpoint }) => localEndpoint?.serviceName === serviceName);
    await collector.until(() => of(caller).length > 0 && of(callee).length > 0);

    const names = (spans: ZipkinSpan[]) => spans.map(({ kind, name }) => `${kind} ${name}`);
    const [received] = of('chat-service').filter(({ kind }) => kind === 'SERVER');
    expect(names(of('chat-service')).toSorted()).toEqual([
      'CLIENT chat gpt-4o',
      `CLIENT invoke ${callee}`,
      'SERVER POST /chat/',
    ]);
    expect(received?.parentId).toBe(clientSpan);

    const [answered] = of('analytics-service');
    expect(names(of('analytics-service'))).toEqual(['SERVER GET /analytics/:user_id']);
    const way = ancestors(answered, trace()).map(({ localEndpoint }) => localEndpoint?.serviceName);
    expect(way).toEqual(['analytics-service', callee, caller, 'chat-service', 'chat-service']);

    const [model] = of('chat-service').filter(({ name }) => name.startsWith('chat '));
    expect(model?.parentId).toBe(received?.id);
    expect(model?.tags).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o-2024-11-20',
      'gen_ai.usage.input_tokens': '90',
      'gen_ai.usage.output_tokens': '4',
    });
    expect(JSON.stringify(collector.spans)).not.toContain(prompt);
  });

  it('goes to an OpenTelemetry collector by variables alone', async () => {
    const traceId = '1bf7651916cd43dd8448eb211c80319d';
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_INSECURE: 'true',
    };
    const { caller, callee } = await chat(traceId, env, { env, configPath: configurationFile });
    const arrived = (serviceName: string) =>
      collector.otlpBodies.some(
        (body) =>
          body.includes(serviceName) &&
          // In hexadecimal from the services (JSON), in bytes from the sidecars (Protobuf).
          (body.includes(traceId) || body.includes(Buffer.from(traceId, 'hex'))),
      );
    await collector.until(() =>
      [caller, callee, 'chat-service', 'analytics-service'].every((name) => arrived(name)),
    );
    for (const body of collector.otlpBodies) expect(body.includes(prompt)).toBe(false);
  });
});

/** The configuration with its lines about tracing taken out of the comment, and another address. */
function withTracing(configuration: string, address: string): string {
  const lines = configuration.replace(/^ {2}# (tracing:| {2}.*)$/gm, '  $1');
  const changed = lines.replace('http://localhost:9411/api/v2/spans', address);
  expect(changed).toContain(
    `\n  tracing:\n    samplingRate: "1"\n    zipkin:\n      endpointAddress: ${address}\n`,
  );
  return changed;
}

/** A span, its parent, the parent's parent and so on. */
function ancestors(span: ZipkinSpan | undefined, trace: ZipkinSpan[]): ZipkinSpan[] {
  if (!span) return [];
  const parent = trace.find(({ id }) => id === span.parentId);
  return [span, ...ancestors(parent, trace)];
}
