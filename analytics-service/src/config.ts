import Type, { type Static } from 'typebox';
import { readEnvironment } from './environment.ts';

const exportUrl = (description: string) =>
  Type.Refine(
    Type.String({ description }),
    (text) => /^https?:\/\/[^\s?#]+$/.test(text) && URL.canParse(text),
    () => 'must be an http or https URL without a query',
  );

/** Every variable that analytics-service reads. */
export const Environment = Type.Object({
  APP_PORT: Type.Integer({
    minimum: 1,
    maximum: 65535,
    default: 8001,
    description: 'The port this service listens on; `dapr run` sets it to the app port',
  }),
  HOST: Type.String({
    default: '127.0.0.1',
    description: 'The address it listens on; 0.0.0.0 in a container',
  }),
  APP_API_TOKEN: Type.Optional(
    Type.String({
      writeOnly: true,
      pattern: '^[\\x21-\\x7e]+$',
      description: 'What the sidecar must send as `dapr-api-token`; any caller may call if unset',
    }),
  ),
  CORS_ORIGINS: Type.String({
    pattern: '^https?://[^/,\\s]+(?:\\s*,\\s*https?://[^/,\\s]+)*$',
    default: 'http://localhost:3000,http://localhost:8000',
    description: 'Origins whose pages may call this service, separated by commas',
  }),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'The least severe level that is logged',
  }),
  APP_METRICS_PORT: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 65535,
      description:
        "The port of this service's own metrics (`/metrics`), beside the sidecar's; none are kept if unset",
    }),
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    exportUrl(
      'Where traces go as OTLP over HTTP (JSON), such as http://localhost:4318; none if unset',
    ),
  ),
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: Type.Optional(
    exportUrl("Where traces go in Zipkin's format, such as http://localhost:9411/api/v2/spans"),
  ),
  SHUTDOWN_TIMEOUT_MS: Type.Integer({
    minimum: 0,
    maximum: 600_000,
    default: 10_000,
    description: 'How long requests in flight may take to finish after SIGTERM, in milliseconds',
  }),
});

type Environment = Static<typeof Environment>;

/** Where traces go; at least one is set. */
export interface TraceExport {
  otlpUrl: string | undefined;
  zipkinUrl: string | undefined;
}

export interface Config {
  port: number;
  host: string;
  /** Undefined where any caller may call. */
  appToken: string | undefined;
  corsOrigins: string[];
  logLevel: Environment['LOG_LEVEL'];
  /** Undefined where no metrics are kept. */
  metricsPort: number | undefined;
  traceExport: TraceExport | undefined;
  shutdownTimeoutMs: number;
}

/** @throws ConfigurationError that names every wrong variable */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = readEnvironment(Environment, env);
  return {
    port: values.APP_PORT,
    host: values.HOST,
    appToken: values.APP_API_TOKEN,
    corsOrigins: values.CORS_ORIGINS.split(/\s*,\s*/),
    logLevel: values.LOG_LEVEL,
    metricsPort: values.APP_METRICS_PORT,
    traceExport: traceExport(values),
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_MS,
  };
}

function traceExport(values: Environment): TraceExport | undefined {
  const base = values.OTEL_EXPORTER_OTLP_ENDPOINT;
  const zipkinUrl = values.OTEL_EXPORTER_ZIPKIN_ENDPOINT;
  if (base === undefined && zipkinUrl === undefined) return undefined;
  // https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
  return { otlpUrl: base && `${base.replace(/\/$/, '')}/v1/traces`, zipkinUrl };
}
