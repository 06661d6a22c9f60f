import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { build, share } from './build.ts';

const app = share();

/** The examples that chat-service's suite reads, too, so that the two schemas cannot drift apart. */
const userIds: { accepted: string[]; rejected: string[] } = JSON.parse(
  readFileSync(new URL('../../scripts/wire-examples/user-ids.json', import.meta.url), 'utf8'),
);

/** As `encodeURIComponent`, but a lone surrogate becomes the bytes that some encoders make of it. */
function percentEncode(id: string): string {
  return Array.from(id, (character) => {
    if (character.isWellFormed()) return encodeURIComponent(character);
    const unit = character.charCodeAt(0);
    const bytes = [0xed, 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)];
    return bytes.map((byte) => `%${byte.toString(16)}`).join('');
  }).join('');
}

describe('a user id', () => {
  it.each(userIds.accepted)('may be %j', async (id) => {
    const response = await app().inject(`/analytics/${percentEncode(id)}`);
    const known = new Map([
      ['alice', 5],
      ['bob', 3],
    ]).get(id);
    expect(response.json()).toEqual(
      known === undefined ? { detail: 'User not found' } : { message_count: known },
    );
  });

  it('may be none of the examples that are to be rejected', async () => {
    expect(userIds.rejected.some((id) => !id.isWellFormed())).toBe(true);
    // Over a socket, since `inject` would resolve the dots itself.
    const { app } = await build();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    for (const id of userIds.rejected) {
      const path = `/analytics/${percentEncode(id)}`;
      const call = request({ host: '127.0.0.1', port, path, agent: false }).end();
      const [response] = await once(call, 'response');
      expect([id, response.statusCode]).toEqual([id, 422]);
      expect(await json(response)).toEqual({
        detail: [expect.objectContaining({ type: expect.any(String) })],
      });
    }
  });

  it('is read as it was encoded, or refused, and never makes another answer', async () => {
    const anyString = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 140 }),
      fc.string({ unit: fc.constantFrom('.', '/', 'a', '%', '?', '#'), maxLength: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(anyString, async (id) => {
        // Two dots alone would be resolved by `inject` before they arrive.
        fc.pre(!/^\.{1,2}$/.test(id));
        const response = await app().inject(`/analytics/${encodeURIComponent(id)}`);
        const { detail } = response.json();
        if (response.statusCode === 422) expect(detail[0].input).toBe(id);
        else expect([response.statusCode, detail]).toEqual([404, 'User not found']);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a rejected user id is described as pydantic does', () => {
  it.each([
    ['', 'string_too_short', 'String should have at least 1 character'],
    ['x'.repeat(129), 'string_too_long', 'String should have at most 128 characters'],
    ['a/b', 'string_pattern_mismatch', /^String should match pattern '\^.+\$'$/],
    ['\u0000', 'string_pattern_mismatch', /^String should match pattern/],
  ])('%j: %s', async (input, type, msg) => {
    const response = await app().inject(`/analytics/${encodeURIComponent(input)}`);
    expect(response.statusCode).toBe(422);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.json()).toEqual({
      detail: [
        {
          type,
          loc: ['path', 'user_id'],
          msg: typeof msg === 'string' ? msg : expect.stringMatching(msg),
          input,
        },
      ],
    });
  });

  it.each(['/analytics/%ff', '/analytics/%zz', '/analytics/%ED%A0%80'])('%s', async (url) => {
    const response = await app().inject({ url, headers: { 'x-request-id': 'mine' } });
    expect(response.statusCode).toBe(422);
    expect(response.headers['x-request-id']).toBe('mine');
    expect(response.json()).toEqual({
      detail: [
        {
          type: 'string_unicode',
          loc: ['path'],
          msg: 'Input should be a valid string, unable to parse raw data as a unicode string',
          input: url,
        },
      ],
    });
  });
});
