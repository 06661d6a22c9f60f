import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import cors from '@fastify/cors';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyRequest, LogController } from 'fastify';
import type { Registry } from 'prom-client';
import { answerUnknownRoutes, errorHandler } from './errors.ts';
import { measureRequests } from './http-metrics.ts';
import { parseJsonBody } from './json-body.ts';
import { serializers } from './log-fields.ts';
import { createLogOutput } from './log-output.ts';
import { isTimestamp } from './timestamp.ts';
import { remoteParentOf } from './trace-context.ts';
import type { Tracing } from './tracing.ts';

/** Bytes. */
const bodyLimit = 256 * 1024;

export interface HttpOptions {
  logLevel: string;
  /** Origins whose pages may call the service. */
  corsOrigins: string[];
  /** Response headers that such a page may read. */
  exposedHeaders?: string[];
  /** Where requests are counted, if anywhere. */
  registry?: Registry | undefined;
  /** Where requests are traced, if anywhere. */
  tracing?: Tracing | undefined;
  /** Takes each log line; standard output does if unset. */
  logDestination?: { write(line: string): void };
}

/** A Fastify instance that validates, answers errors, logs and closes connections as ours do. */
export async function createHttpServer({
  logLevel,
  corsOrigins,
  exposedHeaders = [],
  registry,
  tracing,
  logDestination = createLogOutput(),
}: HttpOptions) {
  const app = Fastify({
    logger: { level: logLevel, serializers, stream: logDestination },
    logController: new LogController({
      // One line a request (below), not two.
      disableRequestLogging: true,
      requestIdLogLabel: 'requestId',
    }),
    genReqId: ({ headers: { 'x-request-id': id } }) =>
      typeof id === 'string' && /^[\w.:-]{1,128}$/.test(id) ? id : randomUUID(),
    bodyLimit,
    // daprd keeps idle connections to its app for 90 s. Whoever closes first may lose a request
    // that is just being sent, so it must not be this side.
    keepAliveTimeout: 95_000,
    // Milliseconds for a whole request to arrive.
    requestTimeout: 30_000,
    ajv: {
      // Every wrong field at once, and nothing coerced: a number is no string.
      customOptions: {
        allErrors: true,
        verbose: true,
        coerceTypes: false,
        removeAdditional: false,
      },
      onCreate: (ajv) => ajv.addFormat('date-time', { type: 'string', validate: isTimestamp }),
    },
    routerOptions: {
      // A user id of 128 characters may be 1,536 characters long when percent-encoded.
      maxParamLength: 16_384,
      // Of a repeated parameter the last one counts, as in FastAPI.
      querystringParser: (text) => Object.fromEntries(new URLSearchParams(text)),
    },
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id);
      errorHandler(error, request, reply);
    },
    clientErrorHandler: answerUnreadableRequest,
  }).withTypeProvider<TypeBoxTypeProvider>();

  tracing?.attach(app);
  if (registry) measureRequests(app, registry);
  app.addHook('onRequest', (request, reply, done) => {
    const traceId = tracing?.traceIdOf(request) ?? remoteParentOf(request.headers)?.traceId;
    if (traceId !== undefined) {
      request.log = request.log.child({ traceId });
      reply.log = request.log;
    }
    done();
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' });
  });
  // Else a client that keeps its connection, as daprd does, would keep the process from ending.
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        url: request.url,
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
  });
  const corsOptions = {
    origin: corsOrigins,
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    exposedHeaders: ['x-request-id', ...exposedHeaders],
  };
  await app.register(cors, {
    delegator: (request, decide) =>
      decide(null, { ...corsOptions, preflight: isPreflight(request) }),
  });
  app.setErrorHandler(errorHandler);
  answerUnknownRoutes(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json(?:\s*;|$)/i,
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => parseJsonBody(body),
  );
  return app;
}

/** Any other OPTIONS request is answered 404 or 405: https://fetch.spec.whatwg.org/#cors-preflight-request */
function isPreflight({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/** The answer to bytes that Node's parser takes for no request, or for one that is too slow. */
function answerUnreadableRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  const body = JSON.stringify({ detail: STATUS_CODES[status] });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}
