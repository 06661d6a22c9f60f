import { describe, expect, it } from 'vitest';
import { build, share } from './build.ts';

const app = share();
const url = '/analytics/alice';

const preflight = (origin: string) => ({
  method: 'OPTIONS' as const,
  url,
  headers: {
    origin,
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'x-anything',
  },
});

describe('a page', () => {
  it.each(['http://localhost:3000', 'http://localhost:8000'])(
    'of %s may send anything and read the answer',
    async (origin) => {
      const before = await app().inject(preflight(origin));
      expect(before.statusCode).toBe(204);
      expect(before.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-allow-headers': 'x-anything',
      });
      expect(String(before.headers['access-control-allow-methods']).split(', ')).toEqual(
        expect.arrayContaining(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']),
      );
      for (const url of ['/analytics/alice', '/analytics/nobody', '/analytics/a%2Fb', '/nosuch']) {
        const { headers } = await app().inject({ url, headers: { origin } });
        expect(headers).toMatchObject({
          'access-control-allow-origin': origin,
          'access-control-allow-credentials': 'true',
          'access-control-expose-headers': 'x-request-id',
          vary: expect.stringContaining('Origin'),
        });
      }
    },
  );

  it.each(['http://localhost:3001', 'http://localhost:8000.evil.example', 'null'])(
    'of %s may neither send nor read',
    async (origin) => {
      for (const request of [preflight(origin), { url, headers: { origin } }]) {
        const { headers } = await app().inject(request);
        expect(headers['access-control-allow-origin']).toBeUndefined();
      }
    },
  );

  it('may be of an origin that is configured instead', async () => {
    const { app } = await build({ corsOrigins: ['https://a.example'] });
    for (const [origin, allowed] of [
      ['https://a.example', 'https://a.example'],
      ['http://localhost:3000', undefined],
    ] as const) {
      const { headers } = await app.inject({ url, headers: { origin } });
      expect(headers['access-control-allow-origin']).toBe(allowed);
    }
  });
});

describe('OPTIONS that is no preflight', () => {
  it.each([
    ['without an origin', { 'access-control-request-method': 'GET' }],
    ['without a method to ask for', { origin: 'http://localhost:3000' }],
  ])('is a wrong method %s', async (_case, headers) => {
    const response = await app().inject({ method: 'OPTIONS', url, headers });
    expect(response.statusCode).toBe(405);
  });
});
