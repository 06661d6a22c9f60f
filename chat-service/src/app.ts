import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Registry } from 'prom-client';
import Type from 'typebox';
import { createAgent, toolName } from './agent.ts';
import { ChatRequest, ChatResponse } from './chat-message.ts';
import { createChatMetrics } from './chat-metrics.ts';
import type { Config } from './config.ts';
import { serveDocs } from './docs.ts';
import { ErrorBody, HttpError } from './errors.ts';
import { hangUpSignal } from './hang-up.ts';
import { createHttpServer, type HttpOptions } from './http.ts';
import type { MessageCount } from './message-count.ts';
import { serveMetrics } from './metrics-server.ts';
import { limitInFlight, limitRate } from './overload.ts';
import { createSidecar } from './sidecar.ts';
import { traceparentOf } from './trace-context.ts';
import { UserId } from './user-id.ts';
import { ValidationErrorBody } from './validation-detail.ts';

/** chat-service, ready to listen or to be injected into. */
export async function buildApp(config: Config, options: Pick<HttpOptions, 'logDestination'> = {}) {
  const { host, metricsPort, traceExport } = config;
  const tracing =
    traceExport && (await import('./chat-tracing.ts')).createChatTracing(traceExport, config);
  const registry = metricsPort === undefined ? undefined : new Registry();
  const app = await createHttpServer({
    ...config,
    ...options,
    registry,
    tracing,
    exposedHeaders: ['x-analytics', 'retry-after'],
  });
  await serveDocs(app, 'DACA Chat Service');

  await limitRate(app, config.rateLimitPerMinute);

  const sidecar = createSidecar(config.sidecar);
  const agent = createAgent(config.model);
  app.addHook('onClose', async () => {
    await Promise.all([sidecar.close(), agent.close()]);
  });

  const inFlight = limitInFlight(config.maxChatsInFlight);
  const metrics =
    registry && createChatMetrics(registry, { chatsInFlight: inFlight.count, tools: [toolName] });
  const observesModel = metrics !== undefined || tracing !== undefined;
  if (registry && metricsPort !== undefined) {
    serveMetrics(app, registry, { host, port: metricsPort });
  }

  app.get(
    '/',
    {
      schema: {
        summary: 'Welcome',
        response: { 200: Type.Object({ message: Type.String() }) },
      },
    },
    async () => ({
      message: 'Welcome to the DACA Chat Service! Access /docs for the API documentation.',
    }),
  );

  app.get(
    '/health',
    {
      logLevel: 'warn',
      schema: {
        summary: 'Whether the process is up',
        response: { 200: Type.Object({ status: Type.Literal('healthy') }) },
      },
    },
    async () => ({ status: 'healthy' as const }),
  );

  app.get(
    '/users/:user_id',
    {
      schema: {
        summary: 'A user and their role',
        params: Type.Object({ user_id: UserId }),
        querystring: Type.Object({
          role: Type.Optional(Type.String({ examples: ['admin'] })),
        }),
        response: {
          200: Type.Object({ user_id: Type.String(), role: Type.String() }),
          422: ValidationErrorBody,
        },
      },
    },
    async ({ params, query }) => ({
      user_id: params.user_id,
      role: query.role || 'guest',
    }),
  );

  const chat = {
    onRequest: inFlight.hook,
    config: { rateLimit: {} },
    schema: {
      summary: 'Send a message, get a reply',
      description:
        'The header `x-analytics` says whether the reply was personalised: `ok`, or `fallback; reason=…`.',
      body: ChatRequest,
      response: {
        200: ChatResponse,
        400: ErrorBody,
        413: ErrorBody,
        415: ErrorBody,
        422: ValidationErrorBody,
        429: ErrorBody,
        502: ErrorBody,
        503: ErrorBody,
        504: ErrorBody,
      },
    },
  };
  // The tutorial's clients send the slash; for those that do not, no redirect.
  for (const [url, hide] of [
    ['/chat/', false],
    ['/chat', true],
  ] as const) {
    app.post(url, { ...chat, schema: { ...chat.schema, hide } }, async (request, reply) => {
      const { user_id, text, metadata } = request.body;
      if (isBlank(text)) throw new HttpError(400, 'Message text cannot be empty');

      const signal = hangUpSignal(reply);
      const askForCount = (traceparent: string | undefined) =>
        sidecar.messageCount(user_id, { signal, traceparent });
      const messages = tracing
        ? await tracing.invocation(request, askForCount)
        : await askForCount(traceparentOf(request.headers));
      logFallback(request, messages);
      metrics?.messageCount(messages);
      reply.header('x-analytics', messages.reason ? `fallback; reason=${messages.reason}` : 'ok');

      const answer = await agent.reply({
        text,
        count: messages.count,
        signal,
        onModelCall: observesModel
          ? (call) => {
              metrics?.modelCall(call);
              tracing?.modelCall(request, call);
            }
          : undefined,
      });
      return {
        user_id,
        reply: answer,
        metadata: {
          timestamp: new Date().toISOString(),
          session_id: metadata?.session_id ?? randomUUID(),
        },
      };
    });
  }

  return app;
}

/** Whether nobody could see the text: Python's `strip` removes some control characters too. */
function isBlank(text: string): boolean {
  return /^[\s\p{Cc}]*$/u.test(text);
}

/** One line for each chat that goes on without a count; a user nobody knows is an everyday case. */
function logFallback({ log }: FastifyRequest, { reason, detail }: MessageCount): void {
  if (reason === undefined) return;
  const level = reason === 'user-unknown' ? 'info' : 'warn';
  log[level]({ reason, detail }, 'the message count falls back to 0');
}
