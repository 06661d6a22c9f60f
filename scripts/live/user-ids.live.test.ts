import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../analytics-service/src/app.ts';
import { readConfig } from '../../analytics-service/src/config.ts';
import { createSidecar, type Sidecar } from '../../chat-service/src/sidecar.ts';
import { uniqueAppId } from './app-id.ts';
import { runtime } from './runtime.ts';
import { type SidecarProcess, startSidecar } from './sidecar-process.ts';
import { acceptedUserIds } from './user-ids.ts';

describe.skipIf(!runtime)('a user id through two real sidecars', () => {
  const arrived: string[] = [];
  const running: SidecarProcess[] = [];
  let analytics: Awaited<ReturnType<typeof buildApp>>;

  beforeAll(async () => {
    analytics = await buildApp(readConfig({ LOG_LEVEL: 'silent' }));
    analytics.addHook('preHandler', async (request) => {
      arrived.push((request.params as { user_id: string }).user_id);
    });
    await analytics.listen({ port: 0, host: '127.0.0.1' });
    const { port } = analytics.server.address() as AddressInfo;
    const callee = await startSidecar({
      appId: uniqueAppId('analytics'),
      appPort: port,
    });
    running.push(callee, await startSidecar({ appId: uniqueAppId('chat') }));
  });

  afterAll(async () => {
    await Promise.all(running.map((sidecar) => sidecar.stop()));
    await analytics.close();
  });

  it.each(['url', 'header'] as const)(
    'arrives as it was sent, whatever the schema lets in (%s form)',
    async (invocation) => {
      const [callee, caller] = running;
      const sidecar: Sidecar = createSidecar({
        httpPort: caller?.httpPort ?? 0,
        apiToken: undefined,
        appId: callee?.appId ?? '',
        invocation,
        timeoutMs: 5000,
      });
      const context = { signal: new AbortController().signal, traceparent: undefined };
      try {
        await fc.assert(
          fc.asyncProperty(acceptedUserIds, async (userId) => {
            arrived.length = 0;
            const count = await sidecar.messageCount(userId, context);
            expect(arrived).toEqual([userId]);
            expect(count.reason).toBe(
              ['alice', 'bob'].includes(userId) ? undefined : 'user-unknown',
            );
          }),
          {
            numRuns: 500,
            examples: [['alice'], ['__proto__'], ['a b'], ['+'], ['😀'.repeat(128)]],
          },
        );
      } finally {
        await sidecar.close();
      }
    },
  );
});
