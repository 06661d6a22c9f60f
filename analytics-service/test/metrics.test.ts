import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { build } from './build.ts';
import { runService } from './service-process.ts';

/** A listener on a port of 127.0.0.1. */
async function listen() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, server };
}

async function freePort(): Promise<number> {
  const { port, server } = await listen();
  server.close();
  await once(server, 'close');
  return port;
}

async function buildMeasured() {
  const metricsPort = await freePort();
  const { app } = await build({ metricsPort });
  await app.ready();
  const url = `http://127.0.0.1:${metricsPort}/metrics`;
  return { app, url, text: async () => (await fetch(url)).text() };
}

const requests = (route: string, status: number) =>
  `http_request_duration_seconds_count{method="GET",route="${route}",status="${status}"}`;

describe('the metrics', () => {
  it('count requests by method, status and the pattern of their route', async () => {
    const { app, url, text } = await buildMeasured();
    for (const user of ['alice', 'bob', 'carol']) await app.inject(`/analytics/${user}`);
    for (const path of ['/nosuch', '/analytics/alice/more']) await app.inject(path);
    const { headers } = await fetch(url);
    expect(headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const metrics = await text();
    expect(metrics).toContain(`${requests('/analytics/:user_id', 200)} 2\n`);
    expect(metrics).toContain(`${requests('/analytics/:user_id', 404)} 1\n`);
    expect(metrics).toContain(`${requests('unknown', 404)} 2\n`);
    expect(metrics).not.toMatch(/alice|bob|carol|nosuch/);
  });

  it('are not on the port of the service, and gone when it is closed', async () => {
    const { app, url } = await buildMeasured();
    expect((await app.inject('/metrics')).statusCode).toBe(404);
    expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404);
    await app.close();
    await expect(fetch(url)).rejects.toThrow();
  });

  it('keep the service from starting where their port is taken', { timeout: 30_000 }, async () => {
    const { port } = await listen();
    const { code, stderr } = await runService({
      APP_PORT: String(await freePort()),
      APP_METRICS_PORT: String(port),
    });
    expect(stderr).toMatch(/^analytics-service cannot start: the metrics cannot be served .*\n$/);
    expect(stderr).toContain('set APP_METRICS_PORT to a port that is free');
    expect(code).toBe(1);
  });
});
