import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { build } from './build.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const sidecarSpan = 'b7ad6b7169203331';

interface ZipkinSpan {
  traceId: string;
  parentId?: string;
  kind: string;
  name: string;
  tags: Record<string, string>;
}

/** analytics-service that exports its traces to a Zipkin; the spans can be read once it is closed. */
async function buildTraced() {
  const spans: ZipkinSpan[] = [];
  const zipkin = createServer(async (request, response) => {
    spans.push(...JSON.parse(await text(request)));
    response.writeHead(202).end();
  }).listen(0, '127.0.0.1');
  await once(zipkin, 'listening');
  onTestFinished(() => {
    zipkin.close();
    zipkin.closeAllConnections();
  });
  const { port } = zipkin.address() as AddressInfo;
  const { app } = await build({
    traceExport: { otlpUrl: undefined, zipkinUrl: `http://127.0.0.1:${port}/api/v2/spans` },
  });
  return {
    app,
    spans: async () => {
      await app.close();
      return spans;
    },
  };
}

it('a request is a span below the one of the sidecar that sent it', async () => {
  const { app, spans } = await buildTraced();
  const headers = { traceparent: `00-${traceId}-${sidecarSpan}-01` };
  await app.inject({ url: '/analytics/alice', headers });
  expect(await spans()).toMatchObject([
    {
      traceId,
      parentId: sidecarSpan,
      kind: 'SERVER',
      name: 'GET /analytics/:user_id',
      tags: { 'http.route': '/analytics/:user_id', 'http.response.status_code': '200' },
    },
  ]);
});

it('a request without a trace, or with the zeros that daprd sends then, starts one', async () => {
  const { app, spans } = await buildTraced();
  await app.inject('/analytics/alice');
  const zeros = '00-00000000000000000000000000000000-0000000000000000-00';
  await app.inject({ url: '/analytics/bob', headers: { traceparent: zeros } });
  const traces = (await spans()).map(({ traceId }) => traceId);
  expect(new Set(traces).size).toBe(2);
  for (const trace of traces) expect(trace).toMatch(/^(?!0{32})[\da-f]{32}$/);
});

it('a probe is no span', async () => {
  const { app, spans } = await buildTraced();
  await app.inject('/health');
  expect(await spans()).toEqual([]);
});
