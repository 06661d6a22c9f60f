import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { build, postChat, share } from './build.ts';
import { startJsonServer } from './local-server.ts';
import { completion } from './model.ts';
import { userIds } from './wire-examples.ts';

const app = share();

/** The contract's sentence on user ids once more, independent of the schema. */
function isUserId(id: string): boolean {
  const points = Array.from(id, (character) => character.codePointAt(0) ?? 0);
  const isControl = (point: number) => point < 0x20 || (point >= 0x7f && point < 0xa0);
  return (
    points.length >= 1 &&
    points.length <= 128 &&
    id.isWellFormed() &&
    !/[/\\?#%]/.test(id) &&
    !points.some(isControl) &&
    id !== '.' &&
    id !== '..'
  );
}

/** As `encodeURIComponent`, but a lone surrogate becomes the bytes that some encoders make of it. */
function percentEncode(id: string): string {
  return Array.from(id, (character) => {
    if (character.isWellFormed()) return encodeURIComponent(character);
    const unit = character.charCodeAt(0);
    const bytes = [0xed, 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)];
    return bytes.map((byte) => `%${byte.toString(16)}`).join('');
  }).join('');
}

const anyString = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 140 }),
  fc.string({ unit: 'grapheme', maxLength: 10 }),
  fc.string({ unit: fc.constantFrom('.', '/', 'a', '%', '?'), maxLength: 4 }),
  // UTF-16 units of all kinds, and so lone surrogates, too.
  fc.array(fc.nat(0xffff), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
);

describe('the examples', () => {
  it('are what the contract says they are', () => {
    expect(userIds.accepted.filter((id) => !isUserId(id))).toEqual([]);
    expect(userIds.rejected.filter(isUserId)).toEqual([]);
    // They came through the JSON file whole.
    expect(userIds.rejected.some((id) => !id.isWellFormed())).toBe(true);
  });
});

describe('GET /users/{user_id}', () => {
  it.each(userIds.accepted)('lets %j in, unchanged', async (id) => {
    const response = await app().inject(`/users/${percentEncode(id)}`);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ user_id: id, role: 'guest' });
  });

  it('refuses every example that is to be rejected', async () => {
    // Over a socket, since `inject` would resolve the dots itself.
    const { app } = await build();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    for (const id of userIds.rejected) {
      const path = `/users/${percentEncode(id)}`;
      const call = request({ host: '127.0.0.1', port, path, agent: false }).end();
      const [response] = await once(call, 'response');
      response.resume();
      expect([id, response.statusCode]).toEqual([id, 422]);
    }
  });
});

describe('POST /chat/', () => {
  it('asks analytics for each accepted example in one path segment, which decodes to it', async () => {
    const { app, sidecar } = await buildWithUpstreams();
    for (const user_id of userIds.accepted) {
      const response = await postChat(app, { user_id });
      expect(response.json()).toMatchObject({ user_id });
    }
    expect(sidecar.requests.map(({ url }) => userIdIn(url))).toEqual(userIds.accepted);
  });

  it.each(userIds.rejected)('refuses %j', async (user_id) => {
    // Blank, so that an id that were let in ended with 400 and not with a call.
    const response = await postChat(app(), { user_id, text: '' });
    expect(response.statusCode).toBe(422);
    expect(response.json().detail).toMatchObject([{ loc: ['body', 'user_id'], input: user_id }]);
  });

  it('calls nobody upstream for a rejected id', async () => {
    const { app, sidecar, model } = await buildWithUpstreams();
    for (const user_id of userIds.rejected) {
      expect((await postChat(app, { user_id })).statusCode).toBe(422);
    }
    expect([...sidecar.requests, ...model.requests]).toEqual([]);
  });

  it('lets an id in just when the contract does', async () => {
    await fc.assert(
      fc.asyncProperty(anyString, async (user_id) => {
        const response = await postChat(app(), { user_id, text: '' });
        expect(response.statusCode).toBe(isUserId(user_id) ? 400 : 422);
      }),
      { numRuns: 300 },
    );
  });

  it('sends any id that it lets in unchanged, in either form of an invocation', async () => {
    const accepted = anyString.filter(isUserId);
    for (const invocation of ['url', 'header'] as const) {
      const { app, sidecar } = await buildWithUpstreams(invocation);
      await fc.assert(
        fc.asyncProperty(accepted, async (user_id) => {
          const response = await postChat(app, { user_id });
          expect(response.json()).toMatchObject({ user_id });
          expect(userIdIn(sidecar.requests.at(-1)?.url ?? '')).toBe(user_id);
        }),
        { numRuns: 40 },
      );
    }
  });
});

async function buildWithUpstreams(invocation: 'url' | 'header' = 'url') {
  const sidecar = await startJsonServer(() => ({ message_count: 5 }));
  const model = await startJsonServer(() => completion({ content: 'Hi!' }));
  const { app } = await build({
    sidecar: { httpPort: sidecar.port, invocation },
    model: { baseUrl: `${model.url}/v1` },
  });
  return { app, sidecar, model };
}

/** The last segment of an invocation's path as daprd takes it: decoded once, after the split. */
function userIdIn(url: string): string | undefined {
  const [, segment] =
    /^(?:\/v1\.0\/invoke\/analytics-service\/method)?\/analytics\/([^/?#]*)$/.exec(url) ?? [];
  return segment === undefined ? undefined : decodeURIComponent(segment);
}
