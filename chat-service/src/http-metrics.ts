import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';
import { onRequestEnd } from './request-end.ts';

/** Seconds: from what a count takes to the deadline of a reply. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * Measures each request by method, route and status. The route is its pattern (`/users/:user_id`)
 * and `unknown` for a path that has none, so that nothing a client makes up becomes a label. Call it
 * before other hooks are added, which may answer a request themselves.
 */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the request to the end of its answer; the count is that of requests',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [registry],
  });
  // Looking labels up costs several times what counting does.
  const known = new Map<string, Histogram.Internal<string>>();
  const durationsOf = (method: string, route: string, status: number) => {
    const key = `${method} ${status} ${route}`;
    const found = known.get(key) ?? durations.labels({ method, route, status });
    known.set(key, found);
    return found;
  };

  app.addHook('onRequest', (request, reply, done) => {
    onRequestEnd(reply, (status) => {
      const route = request.routeOptions.url ?? 'unknown';
      durationsOf(request.method, route, status).observe(reply.elapsedTime / 1000);
    });
    done();
  });
}
