import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { build } from './build.ts';

const appToken = 'sentinel-of-the-app-token';
const url = '/analytics/alice';

describe('where APP_API_TOKEN is set', () => {
  it('a call that brings it is answered', async () => {
    const { app, logText } = await build({ appToken });
    const response = await app.inject({ url, headers: { 'dapr-api-token': appToken } });
    expect(response.json()).toEqual({ message_count: 5 });
    expect(logText()).not.toContain(appToken);
  });

  it.each([
    undefined,
    '',
    'x',
    appToken.slice(1),
    appToken.slice(0, -1),
    `${appToken}x`,
    `${appToken}, ${appToken}`,
    appToken.toUpperCase(),
  ])('a call that brings %j is answered 401', async (token) => {
    const { app, logText } = await build({ appToken });
    const response = await app.inject({
      url,
      headers: token === undefined ? {} : { 'dapr-api-token': token },
    });
    expect(response.statusCode).toBe(401);
    expect(response.json()).toEqual({
      detail: "Only this service's own Dapr sidecar may call it",
    });
    expect(response.body + logText()).not.toContain('sentinel');
  });

  it('a call without it does not learn which users there are, or which ids are right', async () => {
    const { app } = await build({ appToken });
    const answers = await Promise.all(
      ['alice', 'nobody', 'a%2Fb'].map((user) => app.inject(`/analytics/${user}`)),
    );
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  });

  it.each(['/', '/health', '/docs', '/openapi.json'])('%s needs none', async (open) => {
    const { app } = await build({ appToken });
    expect((await app.inject(open)).statusCode).toBe(200);
  });
});

describe('where APP_API_TOKEN is not set', () => {
  it.each([{}, { 'dapr-api-token': 'x' }])('a call with %j is answered', async (headers) => {
    const { app } = await build({ appToken: undefined });
    expect((await app.inject({ url, headers })).statusCode).toBe(200);
  });
});

describe('APP_API_TOKEN', () => {
  it('is read, and may be left out', () => {
    expect(readConfig({ APP_API_TOKEN: 'a-token' }).appToken).toBe('a-token');
    expect(readConfig({ APP_API_TOKEN: ' ' }).appToken).toBeUndefined();
  });

  it('is not shown where it is wrong', () => {
    expect(() => readConfig({ APP_API_TOKEN: 'sentinel with spaces' })).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^(?!.*sentinel).*APP_API_TOKEN must match pattern/s),
      }),
    );
  });
});
