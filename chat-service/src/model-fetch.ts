import type { Dispatcher } from 'undici';
import { readBody } from './read-body.ts';

/** Bytes of an answer; the longest reply that MODEL_MAX_OUTPUT_TOKENS allows by default is 8 KB. */
const maxAnswerBytes = 1024 * 1024;

/**
 * The part of `fetch` that the OpenAI client uses, over a pool of connections. It costs a third
 * of undici's own `fetch`, follows no redirect (and so takes the key nowhere else), and holds no
 * more of an answer than it should.
 */
export function poolFetch(pool: Dispatcher): typeof fetch {
  return async (input, init = {}) => {
    const { pathname, search, origin } = new URL(input instanceof Request ? input.url : input);
    const answer = await pool.request({
      origin,
      path: pathname + search,
      method: (init.method ?? 'GET') as Dispatcher.HttpMethod,
      headers: Object.fromEntries(new Headers(init.headers)),
      body: (init.body ?? null) as string | null,
      signal: init.signal ?? null,
    });
    const body = await readBody(answer.body, maxAnswerBytes);
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const item of [value].flat()) if (item !== undefined) headers.append(name, item);
    }
    // The client sleeps until the time that a Retry-After names, and then tries again. Here that
    // is for the caller to decide, who would wait for it without knowing.
    if (answer.statusCode === 429 || headers.has('retry-after') || headers.has('retry-after-ms')) {
      headers.set('x-should-retry', 'false');
    }
    return new Response(body === '' ? null : body, {
      status: answer.statusCode,
      headers,
    });
  };
}
