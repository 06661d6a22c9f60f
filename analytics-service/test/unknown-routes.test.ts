import { describe, expect, it } from 'vitest';
import { share } from './build.ts';

const app = share();

const wrongMethods = [
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'REPORT',
] as const;

const routes = [
  '/',
  '/health',
  '/analytics/alice',
  '/analytics/nobody',
  '/analytics/',
  '/docs',
  '/openapi.json',
];

const wrong = routes.flatMap((url) => wrongMethods.map((method) => ({ method, url })));

describe('a method that a path does not have', () => {
  it.each(wrong)('$method $url is answered 405 with Allow', async ({ method, url }) => {
    // What `dapr invoke` sends unless told to use GET.
    const response = await app().inject({
      method,
      url,
      headers: { 'content-type': 'application/json' },
      payload: '{}',
    });
    expect(response.statusCode).toBe(405);
    expect(String(response.headers.allow).split(', ').sort()).toEqual(['GET', 'HEAD']);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.body).toBe('{"detail":"Method Not Allowed"}');
  });

  it('is not HEAD', async () => {
    const response = await app().inject({ method: 'HEAD', url: '/analytics/alice' });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-length']).toBe('19');
    expect(response.body).toBe('');
  });
});

describe('a path that there is not', () => {
  it.each([
    // What daprd asks at its start.
    '/dapr/config',
    '/dapr/subscribe',
    '/nosuch',
    '/analytics',
    '/analytics/alice/',
    '/analytics/alice/x',
    '//analytics/alice',
    '/ANALYTICS/alice',
    '/users/alice',
  ])('%s is answered 404', async (url) => {
    const response = await app().inject(url);
    expect(response.statusCode).toBe(404);
    expect(response.body).toBe('{"detail":"Not Found"}');
    expect(response.headers.allow).toBeUndefined();
  });

  it.each(wrongMethods)('is answered 404 for %s', async (method) => {
    const response = await app().inject({ method, url: '/nosuch' });
    expect(response.statusCode).toBe(404);
    expect(response.body).toBe('{"detail":"Not Found"}');
  });
});
