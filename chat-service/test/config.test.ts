import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Environment, readConfig } from '../src/config.ts';
import { ConfigurationError } from '../src/environment.ts';

const key = { OPENAI_API_KEY: 'sk-key' };

const descriptions = new Map(
  Object.entries(Environment.properties).map(([name, property]) => [
    name,
    'description' in property ? String(property.description) : '',
  ]),
);

/** The message with which this environment is refused. */
function refusal(env: NodeJS.ProcessEnv): string {
  try {
    readConfig({ ...key, ...env });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error(`Let in: ${JSON.stringify(env)}`);
}

describe('without a variable but a key', () => {
  it('the configuration is the documented one', () => {
    expect(readConfig(key)).toEqual({
      port: 8000,
      host: '127.0.0.1',
      corsOrigins: ['http://localhost:3000'],
      logLevel: 'info',
      metricsPort: undefined,
      traceExport: undefined,
      shutdownTimeoutMs: 10_000,
      maxChatsInFlight: 2500,
      rateLimitPerMinute: undefined,
      sidecar: {
        httpPort: 3500,
        apiToken: undefined,
        appId: 'analytics-service',
        invocation: 'url',
        timeoutMs: 2000,
      },
      model: {
        apiKey: 'sk-key',
        baseUrl: 'https://api.openai.com/v1',
        name: 'gpt-4o',
        timeoutMs: 60_000,
        maxOutputTokens: 1024,
      },
    });
  });

  it.each(['', ' ', '\t'])('and the same where all others are set to %j', (empty) => {
    const env = Object.fromEntries(
      Object.keys(Environment.properties).map((name) => [name, empty]),
    );
    expect(readConfig({ ...env, ...key })).toEqual(readConfig(key));
  });

  it('and the same whatever else is in the environment', () => {
    expect(readConfig({ ...key, PORT: 'x', app_port: 'x', NODE_ENV: 'x' })).toEqual(
      readConfig(key),
    );
  });
});

describe('each variable', () => {
  it.each([
    ['APP_PORT', '8080', { port: 8080 }],
    ['APP_PORT', ' 65535 ', { port: 65_535 }],
    ['HOST', '0.0.0.0', { host: '0.0.0.0' }],
    ['CORS_ORIGINS', 'https://a.example', { corsOrigins: ['https://a.example'] }],
    [
      'CORS_ORIGINS',
      'https://a.example , http://b.example:5',
      { corsOrigins: ['https://a.example', 'http://b.example:5'] },
    ],
    ['LOG_LEVEL', 'debug', { logLevel: 'debug' }],
    ['APP_METRICS_PORT', '9464', { metricsPort: 9464 }],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'http://localhost:4318',
      { traceExport: { otlpUrl: 'http://localhost:4318/v1/traces', zipkinUrl: undefined } },
    ],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'https://host/otlp/',
      { traceExport: { otlpUrl: 'https://host/otlp/v1/traces', zipkinUrl: undefined } },
    ],
    [
      'OTEL_EXPORTER_ZIPKIN_ENDPOINT',
      'http://localhost:9411/api/v2/spans',
      { traceExport: { otlpUrl: undefined, zipkinUrl: 'http://localhost:9411/api/v2/spans' } },
    ],
    ['SHUTDOWN_TIMEOUT_MS', '0', { shutdownTimeoutMs: 0 }],
    ['MAX_CHATS_IN_FLIGHT', '1', { maxChatsInFlight: 1 }],
    ['RATE_LIMIT_PER_MINUTE', '60', { rateLimitPerMinute: 60 }],
    ['DAPR_HTTP_PORT', '3510', { sidecar: { httpPort: 3510 } }],
    ['DAPR_API_TOKEN', 'a-token', { sidecar: { apiToken: 'a-token' } }],
    [
      'ANALYTICS_APP_ID',
      'analytics-service.other',
      { sidecar: { appId: 'analytics-service.other' } },
    ],
    ['ANALYTICS_TIMEOUT_MS', '60000', { sidecar: { timeoutMs: 60_000 } }],
    ['DAPR_INVOCATION', 'header', { sidecar: { invocation: 'header' } }],
    ['OPENAI_MODEL', 'gpt-5', { model: { name: 'gpt-5' } }],
    ['MODEL_TIMEOUT_MS', '1', { model: { timeoutMs: 1 } }],
    ['MODEL_MAX_OUTPUT_TOKENS', '1', { model: { maxOutputTokens: 1 } }],
  ])('%s=%s is taken', (name, value, expected) => {
    expect(readConfig({ ...key, [name]: value })).toMatchObject(expected);
  });

  it('has a description', () => {
    for (const description of descriptions.values()) expect(description).toMatch(/\w{3}/);
  });
});

describe('a wrong value', () => {
  it.each([
    ['APP_PORT', '0', 'must be >= 1'],
    ['APP_PORT', '65536', 'must be <= 65535'],
    ['APP_PORT', '-1', 'must be >= 1'],
    ['APP_PORT', '99999999999999999999', 'must be <= 65535'],
    ['APP_PORT', '8000.5', 'must be integer'],
    ['APP_PORT', '8e3', 'must be integer'],
    ['APP_PORT', '0x50', 'must be integer'],
    ['APP_PORT', '8000abc', 'must be integer'],
    ['APP_PORT', 'true', 'must be integer'],
    ['DAPR_HTTP_PORT', 'x', 'must be integer'],
    ['ANALYTICS_TIMEOUT_MS', '0', 'must be >= 1'],
    ['ANALYTICS_TIMEOUT_MS', '60001', 'must be <= 60000'],
    ['MODEL_TIMEOUT_MS', '0', 'must be >= 1'],
    ['MODEL_TIMEOUT_MS', '600001', 'must be <= 600000'],
    ['MODEL_MAX_OUTPUT_TOKENS', '0', 'must be >= 1'],
    ['MODEL_MAX_OUTPUT_TOKENS', '1000001', 'must be <= 1000000'],
    ['APP_METRICS_PORT', '0', 'must be >= 1'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318', 'must be an http or https URL'],
    ['OTEL_EXPORTER_ZIPKIN_ENDPOINT', 'http://host/?a', 'must be an http or https URL'],
    ['SHUTDOWN_TIMEOUT_MS', '-1', 'must be >= 0'],
    ['SHUTDOWN_TIMEOUT_MS', '600001', 'must be <= 600000'],
    ['LOG_LEVEL', 'INFO', 'must be one of trace, debug, info, warn, error, fatal, silent'],
    ['DAPR_INVOCATION', 'grpc', 'must be one of url, header'],
    ['ANALYTICS_APP_ID', 'a/b', 'must match pattern'],
    ['ANALYTICS_APP_ID', 'a.b.c', 'must match pattern'],
    ['ANALYTICS_APP_ID', '.b', 'must match pattern'],
    ['ANALYTICS_APP_ID', '..', 'must match pattern'],
    ['CORS_ORIGINS', '*', 'must match pattern'],
    ['CORS_ORIGINS', 'localhost:3000', 'must match pattern'],
    ['CORS_ORIGINS', 'http://a.example/', 'must match pattern'],
    ['CORS_ORIGINS', 'http://a.example,', 'must match pattern'],
    ['OPENAI_BASE_URL', 'localhost:11434', 'must be an http or https URL without a query'],
    ['OPENAI_BASE_URL', 'ftp://a.example', 'must be an http or https URL without a query'],
    ['OPENAI_BASE_URL', 'http://', 'must be an http or https URL without a query'],
    ['OPENAI_BASE_URL', 'http://a.example:99999', 'must be an http or https URL without a query'],
    ['OPENAI_BASE_URL', 'http://[::1', 'must be an http or https URL without a query'],
    ['OPENAI_BASE_URL', 'http://a b', 'must be an http or https URL without a query'],
    ['OPENAI_BASE_URL', 'http://a.example?key=5', 'must be an http or https URL without a query'],
    ['OPENAI_BASE_URL', 'http://a.example#x', 'must be an http or https URL without a query'],
  ])('%s=%s is named, with what is wrong and what it is for', (name, value, problem) => {
    const [title, line, ...rest] = refusal({ [name]: value }).split('\n');
    expect(title).toBe('The configuration is not usable:');
    expect(line?.startsWith(`  ${name} ${problem}`)).toBe(true);
    expect(line?.endsWith(` (it is ${JSON.stringify(value)}): ${descriptions.get(name)}`)).toBe(
      true,
    );
    expect(rest).toEqual([]);
  });

  it('does not hide another: all are named at once', () => {
    const message = refusal({ APP_PORT: 'x', LOG_LEVEL: 'y', MODEL_TIMEOUT_MS: '0', HOST: 'ok' });
    expect(message.match(/^ {2}[A-Z_]+/gm)?.sort()).toEqual([
      '  APP_PORT',
      '  LOG_LEVEL',
      '  MODEL_TIMEOUT_MS',
    ]);
  });

  it.each(['DAPR_API_TOKEN', 'OPENAI_API_KEY', 'GEMINI_API_KEY'])(
    'of %s is never shown',
    (name) => {
      const message = refusal({ [name]: 'sentinel with spaces', APP_PORT: 'x' });
      expect(message).toContain(`  ${name} must match pattern`);
      expect(message).not.toContain('sentinel');
    },
  );

  it('is refused with a ConfigurationError that names its variable, or the config is whole', () => {
    const names = Object.keys(Environment.properties);
    const value = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.webUrl(),
      fc.constantFrom('info', 'url', 'NaN', 'null', '1e3', '-0'),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (env) => {
        try {
          const config = readConfig({ ...key, ...env });
          expect(config.port).toBeGreaterThan(0);
          expect(config.sidecar.timeoutMs).toBeLessThanOrEqual(60_000);
          expect(URL.canParse(config.model.baseUrl)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
          const named = String(error).match(/^ {2}[A-Z_]+ (?:must|is not set)/gm) ?? [];
          expect(named.length).toBeGreaterThan(0);
          for (const line of named) expect(Object.keys(env)).toContain(line.trim().split(' ')[0]);
        }
      }),
    );
  });
});
