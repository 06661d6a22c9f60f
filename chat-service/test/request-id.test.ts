import { describe, expect, it } from 'vitest';
import { build } from './build.ts';

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

describe('x-request-id', () => {
  it.each(['5', 'a'.repeat(128), 'a_b.c:d-E', '123e4567-e89b-12d3-a456-426614174000'])(
    '%j of the request goes into the answer and every line of the log',
    async (id) => {
      const { app, logLines } = await build();
      const { headers } = await app.inject({ url: '/', headers: { 'x-request-id': id } });
      expect(headers['x-request-id']).toBe(id);
      expect(logLines().map(({ requestId }) => requestId)).toEqual([id]);
    },
  );

  it.each(['', 'a'.repeat(129), 'a b', 'a"b', 'a\u00e9', '{}', 'a,b'])(
    '%j of the request is replaced by one of ours',
    async (id) => {
      const { app, logLines } = await build();
      const { headers } = await app.inject({ url: '/', headers: { 'x-request-id': id } });
      expect(headers['x-request-id']).toMatch(uuid);
      expect(logLines()[0]?.requestId).toBe(headers['x-request-id']);
    },
  );

  it('is another one for each request that brings none', async () => {
    const { app } = await build();
    const ids = await Promise.all(
      [1, 2, 3].map(async () => (await app.inject('/')).headers['x-request-id']),
    );
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(uuid);
  });

  it.each([
    ['a 404', '/nosuch'],
    ['a 405', '/chat/'],
    ['a 422', '/users/a%2Fb'],
    ['a path that cannot be decoded', '/users/%ff'],
  ])('is in the answer of %s, too', async (_case, url) => {
    const { app } = await build();
    const { headers } = await app.inject({ url, headers: { 'x-request-id': 'mine' } });
    expect(headers['x-request-id']).toBe('mine');
  });
});
