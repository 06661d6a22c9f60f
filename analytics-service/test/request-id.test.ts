import { describe, expect, it } from 'vitest';
import { build } from './build.ts';

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

describe('x-request-id', () => {
  it.each(['5', 'a'.repeat(128), 'a_b.c:d-E'])(
    '%j of the request goes into the answer and the one line of the log',
    async (id) => {
      const { app, logLines } = await build();
      const url = '/analytics/alice';
      const { headers } = await app.inject({ url, headers: { 'x-request-id': id } });
      expect(headers['x-request-id']).toBe(id);
      expect(logLines()).toEqual([
        expect.objectContaining({
          level: 30,
          msg: 'request',
          method: 'GET',
          url,
          status: 200,
          durationMs: expect.any(Number),
          requestId: id,
        }),
      ]);
    },
  );

  it.each([undefined, '', 'a'.repeat(129), 'a b', '{}'])(
    '%j of the request is replaced by one of ours',
    async (id) => {
      const { app, logLines } = await build();
      const headers = id === undefined ? {} : { 'x-request-id': id };
      const response = await app.inject({ url: '/nosuch', headers });
      expect(response.headers['x-request-id']).toMatch(uuid);
      expect(logLines()[0]?.requestId).toBe(response.headers['x-request-id']);
    },
  );
});
