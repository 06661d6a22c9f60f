import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSidecar } from '../../chat-service/src/sidecar.ts';
import { uniqueAppId } from './app-id.ts';
import { runtime } from './runtime.ts';
import { type SidecarProcess, startSidecar } from './sidecar-process.ts';

const apiToken = 'a-token-for-this-test';
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe.skipIf(!runtime)('an invocation through two real sidecars', () => {
  let app: Server;
  let callee: SidecarProcess;
  let caller: SidecarProcess;
  let received: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];

  beforeAll(async () => {
    app = createServer(({ url, headers }, response) => {
      received.push({ url, headers });
      response.end('{"message_count":5}');
    }).listen(0, '127.0.0.1');
    await once(app, 'listening');
    const { port } = app.address() as AddressInfo;
    [callee, caller] = await Promise.all([
      startSidecar({ appId: uniqueAppId('analytics'), appPort: port }),
      startSidecar({ appId: uniqueAppId('chat'), env: { DAPR_API_TOKEN: apiToken } }),
    ]);
  });

  afterAll(async () => {
    await Promise.all([callee?.stop(), caller?.stop()]);
    app.closeAllConnections();
    app.close();
  });

  beforeEach(() => {
    received = [];
  });

  const invoke = async (appId: string, invocation: 'url' | 'header') => {
    const sidecar = createSidecar({
      httpPort: caller.httpPort,
      apiToken,
      appId,
      invocation,
      timeoutMs: 5000,
    });
    try {
      return await sidecar.messageCount('alice', {
        signal: new AbortController().signal,
        traceparent,
      });
    } finally {
      await sidecar.close();
    }
  };

  it.each(['url', 'header'] as const)(
    'takes route, trace and token to where they belong (%s form)',
    async (form) => {
      expect(await invoke(callee.appId, form)).toEqual({ count: 5 });
      expect(received).toHaveLength(1);
      expect(received[0]).toMatchObject({
        url: '/analytics/alice',
        headers: { traceparent, 'dapr-caller-app-id': caller.appId },
      });
      // The token is between a service and its own sidecar.
      expect(JSON.stringify(received)).not.toContain(apiToken);
    },
  );

  it('takes an app id with a namespace, which mDNS ignores and Kubernetes resolves', async () => {
    expect(await invoke(`${callee.appId}.other`, 'url')).toEqual({ count: 5 });
  });
});
