import { afterEach, describe, expect, it, vi } from 'vitest';
import { build, postChat } from './build.ts';
import { modelReplies, playUpstreams, sidecarAnswers } from './upstreams.ts';

playUpstreams();
afterEach(() => {
  vi.useRealTimers();
});

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/** What is sent to one chat that finds its count and gets its reply. */
async function chat(body: object = {}) {
  sidecarAnswers(200, '{"message_count":5}');
  modelReplies();
  const { app } = await build();
  const response = await postChat(app, body);
  expect(response.statusCode).toBe(200);
  return response;
}

describe('POST /chat/', () => {
  it('answers with the reply, when it was made, and the session', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T02:16:24.5Z') });
    const response = await chat({ metadata: { session_id: 'session 1' } });
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.headers['x-analytics']).toBe('ok');
    expect(response.json()).toEqual({
      user_id: 'alice',
      reply: 'Hello, Alice!',
      metadata: { timestamp: '2026-11-21T02:16:24.500Z', session_id: 'session 1' },
    });
  });

  it.each([
    ['no metadata', {}],
    ['metadata null', { metadata: null }],
    ['metadata without a session', { metadata: {} }],
    ['a timestamp alone', { metadata: { timestamp: '2025-04-06T12:00:00Z' } }],
  ])('starts a session for a message with %s', async (_case, body) => {
    const first = await chat(body);
    const second = await chat(body);
    const sessions = [first, second].map((response) => response.json().metadata.session_id);
    expect(sessions).toEqual([expect.stringMatching(uuid), expect.stringMatching(uuid)]);
    expect(sessions[0]).not.toBe(sessions[1]);
  });

  it('echoes even an empty session id', async () => {
    const response = await chat({ metadata: { session_id: '' } });
    expect(response.json().metadata.session_id).toBe('');
  });

  it.each([
    ['tags', { tags: ['greeting', ''] }],
    ['no tags', { tags: [] }],
    ['tags null', { tags: null }],
    ['fields nobody knows', { priority: 5, metadata: { source: 'web' } }],
    [
      'fields named like those of every object',
      JSON.parse('{"__proto__":{"text":5},"toString":5}'),
    ],
  ])('takes a message with %s', async (_case, body) => {
    await chat(body);
  });

  it('answers POST /chat as POST /chat/, without a redirect', async () => {
    sidecarAnswers(200, '{"message_count":5}');
    modelReplies();
    const { app } = await build();
    const response = await app.inject({
      method: 'POST',
      url: '/chat',
      payload: { user_id: 'alice', text: 'Hello' },
    });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ user_id: 'alice', reply: 'Hello, Alice!' });
  });

  it('does not take what a prototype would give for a field of the message', async () => {
    const { app } = await build();
    const response = await app.inject({
      method: 'POST',
      url: '/chat/',
      headers: { 'content-type': 'application/json' },
      payload: '{"user_id":"alice","__proto__":{"text":"Hello"}}',
    });
    expect(response.statusCode).toBe(422);
  });
});

describe('a blank text', () => {
  it.each([
    '',
    ' ',
    '   \t\n\r\v\f',
    '\u00a0\u2003\u3000',
    '\u2028\u2029',
    '\ufeff',
    // Blank to Python's strip().
    '\u001c\u001d\u001e\u001f\u0085',
    '\u0000',
  ])('%j is answered 400, and nobody upstream is asked', async (text) => {
    const { app, logLines } = await build();
    const response = await postChat(app, { text });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toEqual({ detail: 'Message text cannot be empty' });
    expect(response.headers['x-analytics']).toBeUndefined();
    expect(logLines().map(({ msg }) => msg)).toEqual(['request']);
  });

  it.each(['.', ' x ', '\u200b', '\u0000x'])('%j is not blank', async (text) => {
    await chat({ text });
  });
});
