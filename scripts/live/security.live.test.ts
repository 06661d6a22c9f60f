import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../analytics-service/src/app.ts';
import { readConfig } from '../../analytics-service/src/config.ts';
import type { MessageCount } from '../../chat-service/src/message-count.ts';
import { createSidecar } from '../../chat-service/src/sidecar.ts';
import { startSentry } from '../start/sentry.ts';
import { uniqueAppId } from './app-id.ts';
import { freePorts } from './ports.ts';
import { needRuntime, runtime } from './runtime.ts';
import {
  type SidecarOptions,
  type SidecarProcess,
  startSidecar,
  waitUntil,
} from './sidecar-process.ts';

const secureFiles = path.resolve(import.meta.dirname, '../../dapr/secure');
const analyticsConfig = path.join(secureFiles, 'analytics-service.yaml');
const chatConfig = path.join(secureFiles, 'chat-service.yaml');
const appToken = 'an-app-token-for-this-test';
const apiToken = 'an-api-token-for-this-test';

describe.skipIf(!runtime)('secured by mTLS, access control and tokens', () => {
  const calleeId = uniqueAppId('analytics');
  const ends: (() => Promise<unknown>)[] = [];
  let folder: string;
  let analyticsPort: number;
  let trust: Record<string, string>;
  let sentryAddress: string;
  let callee: SidecarProcess;
  let chat: SidecarProcess;

  /** A certificate authority of its own. */
  const authority = async (name: string, workloadCertTTL: string) => {
    const [port = 0] = await freePorts(1);
    const configPath = path.join(folder, `${name}.yaml`);
    const shipped = readFileSync(path.join(secureFiles, 'sentry.yaml'), 'utf8');
    writeFileSync(
      configPath,
      shipped
        .replace('workloadCertTTL: 24h', `workloadCertTTL: ${workloadCertTTL}`)
        .replace('allowedClockSkew: 15m', 'allowedClockSkew: 1s'),
    );
    const credentials = path.join(folder, name);
    const environment = await startSentry({
      executable: needRuntime().sentry ?? '',
      configPath,
      credentials,
      port,
      signal: new AbortController().signal,
      onStart: (pid) => ends.push(async () => process.kill(pid, 'SIGKILL')),
    });
    return { credentials, environment, address: `127.0.0.1:${port}` };
  };

  const sidecar = async (options: SidecarOptions) => {
    const started = await startSidecar(options);
    ends.push(() => started.stop());
    return started;
  };

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'dapr-security-'));
    const analytics = await buildApp(readConfig({ APP_API_TOKEN: appToken, LOG_LEVEL: 'silent' }));
    ends.push(() => analytics.close());
    await analytics.listen({ port: 0, host: '127.0.0.1' });
    analyticsPort = (analytics.server.address() as AddressInfo).port;

    const first = await authority('first', '24h');
    trust = first.environment;
    sentryAddress = first.address;
    expect(statSync(first.credentials).mode & 0o777).toBe(0o700);
    [callee, chat] = await Promise.all([
      sidecar({
        appId: calleeId,
        appPort: analyticsPort,
        configPath: analyticsConfig,
        sentryAddress,
        env: { ...trust, APP_API_TOKEN: appToken },
      }),
      sidecar({
        appId: 'chat-service',
        configPath: chatConfig,
        sentryAddress,
        env: { ...trust, DAPR_API_TOKEN: apiToken },
      }),
    ]);
  });

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    rmSync(folder, { recursive: true, force: true });
  });

  const count = async (via: SidecarProcess, token: string | undefined): Promise<MessageCount> => {
    const client = createSidecar({
      httpPort: via.httpPort,
      apiToken: token,
      appId: calleeId,
      invocation: 'url',
      timeoutMs: 5000,
    });
    try {
      const context = { signal: new AbortController().signal, traceparent: undefined };
      return await client.messageCount('alice', context);
    } finally {
      await client.close();
    }
  };

  const invoke = async (method: string, pathname: string) => {
    const response = await fetch(
      `http://127.0.0.1:${chat.httpPort}/v1.0/invoke/${calleeId}/method/${pathname}`,
      { method, headers: { 'dapr-api-token': apiToken }, signal: AbortSignal.timeout(10_000) },
    );
    return { status: response.status, body: await response.text() };
  };

  it('lets chat-service ask for a count', async () => {
    expect(await count(chat, apiToken)).toEqual({ count: 5 });
  });

  it.each([
    ['GET', 'health'],
    ['GET', 'openapi.json'],
    ['GET', 'analytics/alice/more'],
    ['POST', 'analytics/alice'],
    ['DELETE', 'analytics/alice'],
  ])('denies it %s /%s', async (method, pathname) => {
    const { status, body } = await invoke(method, pathname);
    expect(status).toBe(403);
    expect(body).toContain('spiffe://public/ns/default/chat-service');
  });

  it('denies a third app, whose certificate is as good', async () => {
    const stranger = await sidecar({
      appId: uniqueAppId('stranger'),
      configPath: chatConfig,
      sentryAddress,
      env: trust,
    });
    const answer = await count(stranger, undefined);
    expect(answer).toMatchObject({ count: 0, reason: 'denied' });
    expect(answer.detail).toContain(`spiffe://public/ns/default/${stranger.appId}`);
    await stranger.stop();
  });

  it.each([
    ['no', undefined],
    ['a wrong', 'another-token'],
  ])("answers 401 to a call of the sidecar's API with %s token", async (_what, token) => {
    expect(await count(chat, token)).toMatchObject({ reason: 'denied', detail: 'status 401' });
  });

  it('refuses whoever goes past the sidecar', async () => {
    const url = `http://127.0.0.1:${analyticsPort}/analytics/alice`;
    expect((await fetch(url)).status).toBe(401);
    const headers = { 'dapr-api-token': apiToken };
    expect((await fetch(url, { headers })).status).toBe(401);
  });

  it('cannot be reached by a sidecar without certificates, or with those of another root', async () => {
    const bare = await sidecar({ appId: uniqueAppId('bare') });
    expect(await count(bare, undefined)).toMatchObject({ reason: 'app-unreachable' });
    await bare.stop();
    const second = await authority('second', '24h');
    const foreign = await sidecar({
      appId: uniqueAppId('foreign'),
      configPath: chatConfig,
      sentryAddress: second.address,
      env: second.environment,
    });
    expect(await count(foreign, undefined)).toMatchObject({ reason: 'app-unreachable' });
    await foreign.stop();
  });

  it('gives each sidecar a certificate with its own name', async () => {
    expect((await certificateOf(chat)).subjectaltname).toContain(
      'URI:spiffe://public/ns/default/chat-service',
    );
    expect((await certificateOf(callee)).subjectaltname).toContain(
      `URI:spiffe://public/ns/default/${calleeId}`,
    );
  });

  it('renews certificates before they expire, without a restart', async () => {
    const short = await authority('short', '4s');
    const renewing = await sidecar({
      appId: uniqueAppId('renewing'),
      sentryAddress: short.address,
      env: short.environment,
    });
    const first = await certificateOf(renewing);
    const isOver = () => Date.now() > Date.parse(first.valid_to);
    await waitUntil('the first certificate has expired', async () => isOver(), 15_000);
    const next = await certificateOf(renewing);
    expect(next.serialNumber).not.toBe(first.serialNumber);
    expect(Date.parse(next.valid_to)).toBeGreaterThan(Date.now());
    await renewing.stop();
  });
});

/** What a sidecar shows to those who connect to it. */
function certificateOf({ internalGrpcPort }: SidecarProcess): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      // Only to look at it: whether it is to be trusted is what the sidecars decide.
      {
        port: internalGrpcPort,
        host: '127.0.0.1',
        ALPNProtocols: ['h2'],
        rejectUnauthorized: false,
      },
      () => {
        resolve(socket.getPeerCertificate());
        socket.destroy();
      },
    );
    socket.setTimeout(5000, () => socket.destroy(new Error('no certificate in 5 s')));
    socket.once('error', reject);
  });
}
