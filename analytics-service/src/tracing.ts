import {
  type Context,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import type { TraceExport } from './config.ts';
import { onRequestEnd } from './request-end.ts';
import { remoteParentOf } from './trace-context.ts';

// This module is loaded only where traces are exported: without it nothing is spent on them.

/** Milliseconds that a batch of spans may take to be sent, and the last ones at the end. */
const exportTimeoutMs = 3000;

/** Milliseconds after which spans are sent. */
const batchMs = 1000;

export interface Tracing {
  tracer: Tracer;
  /** The context of a request's own span; undefined for a request that is not traced. */
  contextOf(request: FastifyRequest): Context | undefined;
  /** The id of a request's trace, where it is traced. */
  traceIdOf(request: FastifyRequest): string | undefined;
  /** Traces the requests of `app`, and sends what is left when it is closed. */
  attach(app: FastifyInstance): void;
}

/** Traces requests and exports the spans: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
export function createTracing(serviceName: string, exportTo: TraceExport): Tracing {
  const { otlpUrl, zipkinUrl } = exportTo;
  const exporters: SpanExporter[] = [];
  if (otlpUrl !== undefined) {
    exporters.push(new OTLPTraceExporter({ url: otlpUrl, timeoutMillis: exportTimeoutMs }));
  }
  if (zipkinUrl !== undefined) exporters.push(new ZipkinExporter({ url: zipkinUrl }));
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName }),
    spanLimits: { attributeValueLengthLimit: 1500 },
    spanProcessors: exporters.map(
      (exporter) =>
        new BatchSpanProcessor({
          exporter,
          scheduledDelayMillis: batchMs,
          exportTimeoutMillis: exportTimeoutMs,
        }),
    ),
  });
  const tracer = provider.getTracer(serviceName);
  const contexts = new WeakMap<FastifyRequest, Context>();

  return {
    tracer,
    contextOf: (request) => contexts.get(request),
    traceIdOf(request) {
      const context = contexts.get(request);
      return context && trace.getSpanContext(context)?.traceId;
    },
    attach(app) {
      logExportFailures(app.log, exportTo);
      app.addHook('onRequest', (request, reply, done) => {
        const route = request.routeOptions.url;
        // Probes ask all the time, and say nothing.
        if (route === '/health') return done();
        const { method } = request;
        const parent = remoteParentOf(request.headers);
        const span = tracer.startSpan(
          route === undefined ? method : `${method} ${route}`,
          {
            kind: SpanKind.SERVER,
            attributes: {
              'http.request.method': method,
              'url.path': request.url.replace(/\?.*$/s, ''),
              'url.scheme': request.protocol,
              ...(route !== undefined && { 'http.route': route }),
            },
          },
          parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
        );
        contexts.set(request, trace.setSpan(ROOT_CONTEXT, span));
        onRequestEnd(reply, (status) => {
          span.setAttribute('http.response.status_code', status);
          if (status >= 500) {
            span.setAttribute('error.type', String(status));
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        });
        done();
      });
      app.addHook('onClose', () => shutDown(provider));
    },
  };
}

/** Sends what is left, if it can be sent in time: a collector that is silent keeps nobody from ending. */
async function shutDown(provider: TracerProvider): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    diag.error(`the last spans could not be sent in ${exportTimeoutMs} ms`);
    resolve();
  }, exportTimeoutMs);
  const sent = provider.shutdown().catch((error: unknown) => diag.error(String(error)));
  await Promise.race([sent, late]);
  clearTimeout(timer);
}

/** The only place where OpenTelemetry says that spans were lost. */
function logExportFailures(log: FastifyBaseLogger, { otlpUrl, zipkinUrl }: TraceExport): void {
  // Without what may stand before the host: a password.
  const to = [otlpUrl, zipkinUrl].flatMap((url) => (url === undefined ? [] : new URL(url).origin));
  const write = (text: string) =>
    log.warn({ detail: messageOf(text), to }, 'spans are lost: is the collector there, and well?');
  const ignore = () => {};
  diag.setLogger(
    { error: write, warn: write, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

/** Errors come as JSON, with a stack that leads nowhere. */
function messageOf(text: string): string {
  try {
    const { message }: { message?: unknown } = JSON.parse(text);
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}
