import { once } from 'node:events';
import { appendFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

export interface Span {
  traceId: string;
  kind?: string;
  localEndpoint?: { serviceName: string };
}

/**
 * Stands where the overlay `local` has Zipkin, and keeps the spans. Without it the sidecars would
 * end late: at the end each tries to send its last spans for as long as it may.
 */
export async function startTraceCollector(
  folder: string,
): Promise<{ spans: Span[]; stop(): Promise<void> }> {
  const spans: Span[] = [];
  const server = createServer(async (request, response) => {
    spans.push(...((await json(request)) as Span[]));
    response.writeHead(202).end();
  });
  server.listen(9411, '0.0.0.0');
  await once(server, 'listening');
  // The pods' gateway.
  await appendFile(join(folder, 'hosts'), '169.254.1.1 zipkin.chat.svc.cluster.local\n');
  return {
    spans,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
