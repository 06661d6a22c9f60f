import { describe, expect, it } from 'vitest';
import { Environment, readConfig } from '../src/config.ts';
import { ConfigurationError } from '../src/environment.ts';

const defaults = {
  port: 8001,
  host: '127.0.0.1',
  corsOrigins: ['http://localhost:3000', 'http://localhost:8000'],
  logLevel: 'info',
  metricsPort: undefined,
  traceExport: undefined,
  shutdownTimeoutMs: 10_000,
};

/** The problems with which this environment is refused. */
function refusal(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n').slice(1);
    throw error;
  }
  throw new Error(`Let in: ${JSON.stringify(env)}`);
}

describe('the configuration', () => {
  it('is the documented one where nothing is set, or all is set to nothing', () => {
    const empty = Object.fromEntries(
      Object.keys(Environment.properties).map((name) => [name, ' ']),
    );
    for (const env of [{}, empty, { PORT: 'x' }]) expect(readConfig(env)).toMatchObject(defaults);
  });

  it.each([
    ['APP_PORT', ' 65535 ', { port: 65_535 }],
    ['HOST', '0.0.0.0', { host: '0.0.0.0' }],
    [
      'CORS_ORIGINS',
      'https://a.example , http://b.example:5',
      { corsOrigins: ['https://a.example', 'http://b.example:5'] },
    ],
    ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
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
  ])('takes %s=%s', (name, value, expected) => {
    expect(readConfig({ [name]: value })).toMatchObject({ ...defaults, ...expected });
  });

  it.each([
    ['APP_PORT', '0', 'must be >= 1'],
    ['APP_PORT', '65536', 'must be <= 65535'],
    ['APP_PORT', '8001.5', 'must be integer'],
    ['APP_PORT', '0x50', 'must be integer'],
    ['APP_PORT', 'true', 'must be integer'],
    ['APP_METRICS_PORT', '0', 'must be >= 1'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318', 'must be an http or https URL'],
    ['OTEL_EXPORTER_ZIPKIN_ENDPOINT', 'http://host/?a', 'must be an http or https URL'],
    ['SHUTDOWN_TIMEOUT_MS', '-1', 'must be >= 0'],
    ['SHUTDOWN_TIMEOUT_MS', '600001', 'must be <= 600000'],
    ['LOG_LEVEL', 'INFO', 'must be one of trace, debug, info, warn, error, fatal, silent'],
    ['CORS_ORIGINS', '*', 'must match pattern'],
    ['CORS_ORIGINS', 'http://a.example/', 'must match pattern'],
  ])('refuses %s=%s, and says why', (name, value, problem) => {
    expect(refusal({ [name]: value })).toEqual([expect.stringContaining(`${name} ${problem}`)]);
    expect(refusal({ [name]: value })[0]).toContain(` (it is ${JSON.stringify(value)}): `);
  });

  it('is refused with all that is wrong at once', () => {
    const problems = refusal({ APP_PORT: 'x', LOG_LEVEL: 'y', HOST: 'ok' });
    expect(problems).toHaveLength(2);
  });
});
