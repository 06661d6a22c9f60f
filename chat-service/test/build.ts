import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { buildApp } from '../src/app.ts';
import type { Config, ModelConfig, SidecarConfig } from '../src/config.ts';

export type App = Awaited<ReturnType<typeof buildApp>>;

export interface LogLine {
  level: number;
  msg: string;
  requestId?: string;
  [field: string]: unknown;
}

interface Overrides extends Partial<Omit<Config, 'sidecar' | 'model'>> {
  sidecar?: Partial<SidecarConfig>;
  model?: Partial<ModelConfig>;
}

/** Where nobody listens: a test that wants an upstream plays it itself. */
export const nowhere = 'http://127.0.0.1:1';

/** What must show up in no answer and in no log line. */
export const apiKey = 'sk-sentinel-of-the-model-key';

/** chat-service with the defaults of production, but with nobody upstream; closed after the test. */
export async function build(overrides: Overrides = {}) {
  const built = await create(overrides);
  onTestFinished(() => built.app.close());
  return built;
}

/** One such service for all tests of a file that leave nothing behind in it. */
export function share(overrides: Overrides = {}): () => App {
  let app: App;
  beforeAll(async () => {
    ({ app } = await create(overrides));
  });
  afterAll(() => app.close());
  return () => app;
}

async function create({ sidecar, model, ...overrides }: Overrides) {
  const logged: string[] = [];
  const onLine = new EventEmitter();
  const write = (line: string) => {
    logged.push(line);
    onLine.emit(JSON.parse(line).msg);
  };
  const config: Config = {
    port: 0,
    host: '127.0.0.1',
    corsOrigins: ['http://localhost:3000'],
    logLevel: 'info',
    metricsPort: undefined,
    traceExport: undefined,
    shutdownTimeoutMs: 1000,
    maxChatsInFlight: 2500,
    rateLimitPerMinute: undefined,
    sidecar: {
      httpPort: 1,
      apiToken: undefined,
      appId: 'analytics-service',
      invocation: 'url',
      timeoutMs: 10_000,
      ...sidecar,
    },
    model: {
      apiKey,
      baseUrl: `${nowhere}/v1`,
      name: 'gpt-4o',
      timeoutMs: 20_000,
      maxOutputTokens: 1024,
      ...model,
    },
    ...overrides,
  };
  const app = await buildApp(config, { logDestination: { write } });
  return {
    app,
    /** All that was logged, as it was written. */
    logText: () => logged.join(''),
    /** Resolves at the next line with this message. */
    nextLine: (msg: string) => once(onLine, msg),
    logLines: () => logged.map((line): LogLine => JSON.parse(line)),
  };
}

/** Sends a chat message; the fields given replace those of a message that is right. */
export function postChat(app: App, body: object = {}, headers: Record<string, string> = {}) {
  return app.inject({
    method: 'POST',
    url: '/chat/',
    headers,
    payload: { user_id: 'alice', text: 'Hello', ...body },
  });
}
