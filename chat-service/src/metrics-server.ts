import { once } from 'node:events';
import { createServer } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

/**
 * Serves the metrics at `GET /metrics`, on a port of their own that no client of the service needs
 * to reach, for as long as the service runs. Where it cannot listen, the service does not start.
 */
export function serveMetrics(
  app: FastifyInstance,
  registry: Registry,
  { host, port }: { host: string; port: number },
): void {
  const server = createServer(async ({ method, url }, response) => {
    if (url !== '/metrics' || method !== 'GET') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('GET /metrics\n');
      return;
    }
    try {
      const text = await registry.metrics();
      response.writeHead(200, { 'content-type': registry.contentType }).end(text);
    } catch (error) {
      app.log.error({ err: error }, 'the metrics cannot be read');
      response.writeHead(500).end();
    }
  });

  app.addHook('onReady', async () => {
    server.listen(port, host);
    try {
      await once(server, 'listening');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `the metrics cannot be served (${reason}): set APP_METRICS_PORT to a port that is free`,
        { cause: error },
      );
    }
  });
  app.addHook('onClose', async () => {
    server.close();
    server.closeAllConnections();
  });
}
