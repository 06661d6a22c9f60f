import { Registry } from 'prom-client';
import Type from 'typebox';
import { requireAppToken } from './app-token.ts';
import type { Config } from './config.ts';
import { serveDocs } from './docs.ts';
import { ErrorBody, HttpError } from './errors.ts';
import { createHttpServer, type HttpOptions } from './http.ts';
import { messageCountOf } from './message-counts.ts';
import { serveMetrics } from './metrics-server.ts';
import { UserId } from './user-id.ts';
import { ValidationErrorBody } from './validation-detail.ts';

/** analytics-service, ready to listen or to be injected into. */
export async function buildApp(config: Config, options: Pick<HttpOptions, 'logDestination'> = {}) {
  const { host, metricsPort, traceExport } = config;
  const tracing =
    traceExport && (await import('./tracing.ts')).createTracing('analytics-service', traceExport);
  const registry = metricsPort === undefined ? undefined : new Registry();
  const app = await createHttpServer({ ...config, ...options, registry, tracing });
  if (registry && metricsPort !== undefined) {
    serveMetrics(app, registry, { host, port: metricsPort });
  }
  await serveDocs(app, 'DACA Analytics Service');

  app.get(
    '/',
    {
      schema: {
        summary: 'Welcome',
        response: { 200: Type.Object({ message: Type.String() }) },
      },
    },
    async () => ({
      message: 'Welcome to the DACA Analytics Service! Access /docs for the API documentation.',
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
    '/analytics/:user_id',
    {
      onRequest: requireAppToken(config.appToken),
      schema: {
        summary: 'How many messages a user has sent',
        params: Type.Object({ user_id: UserId }),
        response: {
          200: Type.Object({
            message_count: Type.Integer({ minimum: 0, examples: [5] }),
          }),
          401: ErrorBody,
          404: ErrorBody,
          422: ValidationErrorBody,
        },
      },
    },
    async ({ params }) => {
      const message_count = messageCountOf(params.user_id);
      if (message_count === undefined) throw new HttpError(404, 'User not found');
      return { message_count };
    },
  );

  return app;
}
