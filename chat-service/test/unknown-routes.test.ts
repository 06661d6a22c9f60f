import { describe, expect, it } from 'vitest';
import { share } from './build.ts';

const app = share();

const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'REPORT',
] as const;

/** Each route, and the methods that it has. */
const routes: [string, string][] = [
  ['/', 'GET, HEAD'],
  ['/health', 'GET, HEAD'],
  ['/users/alice', 'GET, HEAD'],
  ['/users/', 'GET, HEAD'],
  ['/chat/', 'POST'],
  ['/chat', 'POST'],
  ['/docs', 'GET, HEAD'],
  ['/openapi.json', 'GET, HEAD'],
];

const wrong = routes.flatMap(([url, allowed]) =>
  methods
    .filter((method) => !allowed.split(', ').includes(method))
    .map((method) => ({ method, url, allowed })),
);

describe('a method that a path does not have', () => {
  it.each(wrong)('$method $url is answered 405 with Allow: $allowed', async (request) => {
    const response = await app().inject({ method: request.method, url: request.url });
    expect(response.statusCode).toBe(405);
    expect(String(response.headers.allow).split(', ').sort().join(', ')).toBe(request.allowed);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.body).toBe(request.method === 'HEAD' ? '' : '{"detail":"Method Not Allowed"}');
  });

  it('is answered 405 whatever the query', async () => {
    expect((await app().inject('/chat/?a=/b?c\nd')).statusCode).toBe(405);
  });

  it.each(['text/plain', 'application/json'])(
    'is answered 405 before a body of %s is looked at',
    async (type) => {
      const response = await app().inject({
        method: 'PUT',
        url: '/users/alice',
        headers: { 'content-type': type },
        payload: '{',
      });
      expect(response.statusCode).toBe(405);
    },
  );
});

describe('a path that there is not', () => {
  it.each([
    '/nosuch',
    '/users',
    '/users/alice/',
    '/users/alice/x',
    '/chat/x',
    '/chat//',
    '//chat/',
    '/CHAT/',
    '/health/',
    '/docs/nosuch',
    '/analytics/alice',
  ])('%s is answered 404', async (url) => {
    const response = await app().inject(url);
    expect(response.statusCode).toBe(404);
    expect(response.body).toBe('{"detail":"Not Found"}');
    expect(response.headers.allow).toBeUndefined();
  });

  it.each(methods)('is answered 404 for %s', async (method) => {
    const response = await app().inject({ method, url: '/nosuch' });
    expect(response.statusCode).toBe(404);
    expect(response.body).toBe(method === 'HEAD' ? '' : '{"detail":"Not Found"}');
  });

  it('is answered 404 before a body is looked at', async () => {
    const response = await app().inject({
      method: 'POST',
      url: '/nosuch',
      headers: { 'content-type': 'text/plain' },
      payload: 'x'.repeat(300_000),
    });
    expect(response.statusCode).toBe(404);
  });
});
