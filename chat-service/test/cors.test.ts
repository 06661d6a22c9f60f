import { describe, expect, it } from 'vitest';
import { build, share } from './build.ts';

const app = share();

const page = 'http://localhost:3000';

/** What the browser asks before a page's request that is not simple. */
const preflight = (origin: string, url = '/chat/') => ({
  method: 'OPTIONS' as const,
  url,
  headers: {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type, x-anything',
  },
});

describe('a page of an allowed origin', () => {
  it('may send any header and method', async () => {
    const { statusCode, headers, body } = await app().inject(preflight(page));
    expect(statusCode).toBe(204);
    expect(body).toBe('');
    expect(headers['access-control-allow-origin']).toBe(page);
    expect(headers['access-control-allow-credentials']).toBe('true');
    expect(headers['access-control-allow-headers']).toBe('content-type, x-anything');
    expect(String(headers['access-control-allow-methods']).split(', ')).toEqual(
      expect.arrayContaining(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']),
    );
  });

  it.each([
    ['an answer', '/health', 200],
    ['a 404', '/nosuch', 404],
    ['a 405', '/chat/', 405],
    ['a 422', '/users/a%2Fb', 422],
  ])('may read %s, and the headers that say what happened', async (_case, url, status) => {
    const { statusCode, headers } = await app().inject({ url, headers: { origin: page } });
    expect(statusCode).toBe(status);
    expect(headers['access-control-allow-origin']).toBe(page);
    expect(headers['access-control-allow-credentials']).toBe('true');
    expect(String(headers['access-control-expose-headers']).split(', ').sort()).toEqual([
      'retry-after',
      'x-analytics',
      'x-request-id',
    ]);
    // A cache must not give one origin's answer to another.
    expect(headers.vary).toContain('Origin');
  });

  it('is one of those configured', async () => {
    const { app } = await build({ corsOrigins: ['https://a.example', 'https://b.example'] });
    for (const [origin, allowed] of [
      ['https://a.example', 'https://a.example'],
      ['https://b.example', 'https://b.example'],
      [page, undefined],
    ] as const) {
      const { headers } = await app.inject({ url: '/health', headers: { origin } });
      expect(headers['access-control-allow-origin']).toBe(allowed);
    }
  });
});

describe('a page of any other origin', () => {
  it.each([
    'https://localhost:3000',
    'http://localhost:3001',
    'http://localhost:3000.evil.example',
    'http://evil.example',
    'null',
  ])('%s may neither send nor read', async (origin) => {
    for (const request of [preflight(origin), { url: '/health', headers: { origin } }]) {
      const { headers } = await app().inject(request);
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

describe('OPTIONS that is no preflight', () => {
  it.each([
    ['without an origin', { 'access-control-request-method': 'POST' }],
    ['without a method to ask for', { origin: page }],
  ])('is a wrong method %s', async (_case, headers) => {
    const response = await app().inject({ method: 'OPTIONS', url: '/chat/', headers });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe('POST');
  });
});
