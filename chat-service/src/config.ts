import Type, { type Static } from 'typebox';
import { readEnvironment } from './environment.ts';

const exportUrl = (description: string) =>
  Type.Refine(
    Type.String({ description }),
    (text) => /^https?:\/\/[^\s?#]+$/.test(text) && URL.canParse(text),
    () => 'must be an http or https URL without a query',
  );

/** Every variable that chat-service reads. */
export const Environment = Type.Object({
  APP_PORT: Type.Integer({
    minimum: 1,
    maximum: 65535,
    default: 8000,
    description: 'The port this service listens on; `dapr run` sets it to the app port',
  }),
  HOST: Type.String({
    default: '127.0.0.1',
    description: 'The address it listens on; 0.0.0.0 in a container',
  }),
  DAPR_HTTP_PORT: Type.Integer({
    minimum: 1,
    maximum: 65535,
    default: 3500,
    description: "The HTTP port of this service's own sidecar; `dapr run` sets it",
  }),
  DAPR_API_TOKEN: Type.Optional(
    Type.String({
      writeOnly: true,
      pattern: '^[\\x21-\\x7e]+$',
      description: 'Sent to the sidecar as `dapr-api-token`, where the sidecar wants one',
    }),
  ),
  ANALYTICS_APP_ID: Type.String({
    pattern: '^[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)?$',
    default: 'analytics-service',
    description:
      'The app id that is asked for the count; with a namespace on Kubernetes (`analytics-service.other`)',
  }),
  ANALYTICS_TIMEOUT_MS: Type.Integer({
    minimum: 1,
    maximum: 60_000,
    default: 2000,
    description: 'How long the answer may take before the chat goes on without, in milliseconds',
  }),
  DAPR_INVOCATION: Type.Enum(['url', 'header'], {
    default: 'url',
    description: 'How the app id is named: in the invoke URL, or in the header `dapr-app-id`',
  }),
  OPENAI_API_KEY: Type.Optional(
    Type.String({
      writeOnly: true,
      pattern: '^[\\x21-\\x7e]+$',
      description: "The model's key; with OPENAI_BASE_URL alone a placeholder is sent",
    }),
  ),
  OPENAI_BASE_URL: Type.Optional(
    Type.Refine(
      Type.String({
        description:
          'Any API compatible with OpenAI (Ollama, vLLM, a gateway); OpenAI itself if unset',
      }),
      (text) => /^https?:\/\/[^\s?#]+$/.test(text) && URL.canParse(text),
      () => 'must be an http or https URL without a query',
    ),
  ),
  OPENAI_MODEL: Type.Optional(
    Type.String({
      description: 'The model; gpt-4o if unset (gemini-2.0-flash with a Gemini key)',
    }),
  ),
  GEMINI_API_KEY: Type.Optional(
    Type.String({
      writeOnly: true,
      pattern: '^[\\x21-\\x7e]+$',
      description: "Alone, without the variables above, it selects Gemini's compatible API",
    }),
  ),
  MODEL_TIMEOUT_MS: Type.Integer({
    minimum: 1,
    maximum: 600_000,
    default: 60_000,
    description: 'How long a reply may take in all, tool calls included, in milliseconds',
  }),
  MODEL_MAX_OUTPUT_TOKENS: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 1024,
    description: 'The longest output of the model, in tokens for each turn',
  }),
  MAX_CHATS_IN_FLIGHT: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 2500,
    description: 'Chats past this number at once are refused with 503 and Retry-After',
  }),
  RATE_LIMIT_PER_MINUTE: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      description: 'Chats that a client address may send in a minute; no limit if unset',
    }),
  ),
  CORS_ORIGINS: Type.String({
    pattern: '^https?://[^/,\\s]+(?:\\s*,\\s*https?://[^/,\\s]+)*$',
    default: 'http://localhost:3000',
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

export interface SidecarConfig {
  /** The sidecar's HTTP port on 127.0.0.1. */
  httpPort: number;
  apiToken: string | undefined;
  /** The app id to invoke, with or without a namespace. */
  appId: string;
  invocation: Environment['DAPR_INVOCATION'];
  timeoutMs: number;
}

export interface ModelConfig {
  apiKey: string;
  baseUrl: string;
  name: string;
  timeoutMs: number;
  maxOutputTokens: number;
}

/** Where traces go; at least one is set. */
export interface TraceExport {
  otlpUrl: string | undefined;
  zipkinUrl: string | undefined;
}

export interface Config {
  port: number;
  host: string;
  corsOrigins: string[];
  logLevel: Environment['LOG_LEVEL'];
  /** Undefined where no metrics are kept. */
  metricsPort: number | undefined;
  traceExport: TraceExport | undefined;
  shutdownTimeoutMs: number;
  maxChatsInFlight: number;
  rateLimitPerMinute: number | undefined;
  sidecar: SidecarConfig;
  model: ModelConfig;
}

/** @throws ConfigurationError that names every wrong variable */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = readEnvironment(Environment, env, missingModel);
  return {
    port: values.APP_PORT,
    host: values.HOST,
    corsOrigins: values.CORS_ORIGINS.split(/\s*,\s*/),
    logLevel: values.LOG_LEVEL,
    metricsPort: values.APP_METRICS_PORT,
    traceExport: traceExport(values),
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_MS,
    maxChatsInFlight: values.MAX_CHATS_IN_FLIGHT,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    sidecar: {
      httpPort: values.DAPR_HTTP_PORT,
      apiToken: values.DAPR_API_TOKEN,
      appId: values.ANALYTICS_APP_ID,
      invocation: values.DAPR_INVOCATION,
      timeoutMs: values.ANALYTICS_TIMEOUT_MS,
    },
    model: {
      ...chooseModel(values),
      timeoutMs: values.MODEL_TIMEOUT_MS,
      maxOutputTokens: values.MODEL_MAX_OUTPUT_TOKENS,
    },
  };
}

function traceExport(values: Environment): TraceExport | undefined {
  const base = values.OTEL_EXPORTER_OTLP_ENDPOINT;
  const zipkinUrl = values.OTEL_EXPORTER_ZIPKIN_ENDPOINT;
  if (base === undefined && zipkinUrl === undefined) return undefined;
  // https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
  return { otlpUrl: base && `${base.replace(/\/$/, '')}/v1/traces`, zipkinUrl };
}

/** A key never goes to an API that it was not meant for. */
function chooseModel(values: Environment): Pick<ModelConfig, 'apiKey' | 'baseUrl' | 'name'> {
  const { OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL, GEMINI_API_KEY } = values;
  if (OPENAI_BASE_URL !== undefined || OPENAI_API_KEY !== undefined) {
    return {
      apiKey: OPENAI_API_KEY ?? 'no-key',
      baseUrl: OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
      name: OPENAI_MODEL ?? 'gpt-4o',
    };
  }
  return {
    // There is one, or missingModel would have stopped the start.
    apiKey: GEMINI_API_KEY ?? 'no-key',
    // https://ai.google.dev/gemini-api/docs/openai
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai/',
    name: OPENAI_MODEL ?? 'gemini-2.0-flash',
  };
}

function missingModel(given: Record<string, unknown>): string[] {
  const named = ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'GEMINI_API_KEY'].some(
    (name) => name in given,
  );
  return named
    ? []
    : [
        'OPENAI_API_KEY is not set: set it (or GEMINI_API_KEY), or set OPENAI_BASE_URL to an API that needs no key; `pnpm start` in the project needs neither',
      ];
}
