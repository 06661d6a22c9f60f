import { describe, expect, it } from 'vitest';
import type { SidecarConfig } from '../src/config.ts';
import { build, postChat } from './build.ts';
import { startJsonServer } from './local-server.ts';
import { startEchoModel } from './model.ts';

/** The one request that the sidecar gets for a chat. */
async function sidecarRequest({
  config = {},
  headers = {},
}: {
  config?: Partial<SidecarConfig>;
  headers?: Record<string, string>;
} = {}) {
  const sidecar = await startJsonServer(() => ({ message_count: 5 }));
  const { baseUrl } = await startEchoModel();
  const { app } = await build({
    sidecar: { httpPort: sidecar.port, ...config },
    model: { baseUrl },
  });
  const response = await postChat(app, {}, headers);
  expect(response.headers['x-analytics']).toBe('ok');
  expect(sidecar.requests).toHaveLength(1);
  const [request] = sidecar.requests;
  return { ...request, host: `127.0.0.1:${sidecar.port}` };
}

describe('the count is asked for', () => {
  it('in the invoke URL, and with nothing that Dapr does not need', async () => {
    const { method, url, headers, body, host } = await sidecarRequest();
    expect(`${method} ${url}`).toBe('GET /v1.0/invoke/analytics-service/method/analytics/alice');
    expect(headers).toEqual({ host, connection: 'keep-alive' });
    expect(body).toBe('');
  });

  it('with the header dapr-app-id and the plain path, where so configured', async () => {
    const { method, url, headers, body, host } = await sidecarRequest({
      config: { invocation: 'header' },
    });
    expect(`${method} ${url}`).toBe('GET /analytics/alice');
    expect(headers).toEqual({ host, connection: 'keep-alive', 'dapr-app-id': 'analytics-service' });
    expect(body).toBe('');
  });

  it('of an app id with a namespace, unchanged in either form', async () => {
    const appId = 'analytics-service.other';
    const inUrl = await sidecarRequest({ config: { appId } });
    expect(inUrl.url).toBe('/v1.0/invoke/analytics-service.other/method/analytics/alice');
    const inHeader = await sidecarRequest({ config: { appId, invocation: 'header' } });
    expect(inHeader.headers?.['dapr-app-id']).toBe(appId);
  });

  it.each(['url', 'header'] as const)('with the API token, in the form %s', async (invocation) => {
    const { headers } = await sidecarRequest({ config: { apiToken: 'a-token', invocation } });
    expect(headers?.['dapr-api-token']).toBe('a-token');
  });

  it('without a header of the client but its trace context', async () => {
    const { headers, host } = await sidecarRequest({
      headers: {
        authorization: 'Bearer client',
        cookie: 'session=client',
        'dapr-app-id': 'other',
        'dapr-api-token': 'client',
        'x-anything': 'client',
      },
    });
    expect(headers).toEqual({ host, connection: 'keep-alive' });
  });
});

describe('traceparent', () => {
  it.each([
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
  ])('%s is passed on', async (traceparent) => {
    const { headers } = await sidecarRequest({ headers: { traceparent } });
    expect(headers?.['traceparent']).toBe(traceparent);
  });

  it.each([
    '',
    'x',
    '00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331',
    '00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01',
    'x00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ])('%j is not', async (traceparent) => {
    const { headers } = await sidecarRequest({ headers: { traceparent } });
    expect(headers?.['traceparent']).toBeUndefined();
  });
});

describe('the model', () => {
  it('is asked after the sidecar has answered', async () => {
    const order: string[] = [];
    const sidecar = await startJsonServer(() => {
      order.push('sidecar');
      return { message_count: 5 };
    });
    const model = await startJsonServer(() => {
      order.push('model');
      return {};
    });
    const { app } = await build({
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: `${model.url}/v1` },
    });
    await postChat(app);
    expect(order).toEqual(['sidecar', 'model']);
  });
});
