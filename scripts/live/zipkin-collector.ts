import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What Zipkin's API takes, as far as it is looked at here: https://zipkin.io/zipkin-api/ */
export interface ZipkinSpan {
  traceId: string;
  id: string;
  parentId?: string;
  kind?: 'CLIENT' | 'SERVER';
  name: string;
  localEndpoint?: { serviceName?: string };
  tags?: Record<string, string>;
}

/** Stands where Zipkin or a collector would, on a port of its own, and keeps what it is sent. */
export async function startTraceCollector() {
  const spans: ZipkinSpan[] = [];
  const otlpBodies: Buffer[] = [];
  const arrivals = new EventEmitter();
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (request.url === '/v1/traces') otlpBodies.push(body);
    else spans.push(...(JSON.parse(body.toString('utf8')) as ZipkinSpan[]));
    response.writeHead(request.url === '/v1/traces' ? 200 : 202).end();
    arrivals.emit('arrival');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    /** Bodies of OTLP requests, in whatever encoding they came. */
    otlpBodies,
    /** Resolves as soon as `isThere`, which is asked again whenever something has arrived. */
    async until(isThere: () => boolean, timeoutMs = 15_000): Promise<void> {
      const signal = AbortSignal.timeout(timeoutMs);
      while (!isThere()) await once(arrivals, 'arrival', { signal });
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
