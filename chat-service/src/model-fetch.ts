import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { requestText } from './request-text.ts';

/** Bytes of an answer; the longest reply that MODEL_MAX_OUTPUT_TOKENS allows by default is 8 KB. */
const maxAnswerBytes = 1024 * 1024;

/**
 * The part of `fetch` that the OpenAI client uses, over a pool of connections. It costs less than
 * undici's own `fetch`, follows no redirect (and so takes the key nowhere else), and holds no more
 * of an answer than it should.
 */
export function poolFetch(pool: Dispatcher): typeof fetch {
  return async (input, init = {}) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    const answer = await requestText(pool, {
      method: (init.method ?? 'GET') as Dispatcher.HttpMethod,
      path: pathname + search,
      headers: init.headers instanceof Headers ? init.headers : new Headers(init.headers),
      body: (init.body ?? null) as string | null,
      signal: init.signal ?? null,
      maxBytes: maxAnswerBytes,
    });
    const headers = plainHeaders(answer.headers);
    // The client sleeps until the time that a Retry-After names, and then tries again. Here that
    // is for the caller to decide, who would wait for it without knowing.
    if (answer.status === 429 || headers.has('retry-after') || headers.has('retry-after-ms')) {
      headers.set('x-should-retry', 'false');
    }
    return plainResponse(answer.status, headers, answer.body);
  };
}

function plainHeaders(received: IncomingHttpHeaders): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(received)) {
    if (value !== undefined) headers.set(name, [value].flat().join(', '));
  }
  return headers;
}

/**
 * What the OpenAI client reads of an answer that is no stream, and no more: to make a Response, and
 * the text of it again, stands out in a profile of a chat. A version of the client that reads more of
 * it fails in agent.test.ts.
 */
function plainResponse(status: number, headers: Map<string, string>, body: string): Response {
  const response: Pick<Response, 'status' | 'ok' | 'url' | 'body' | 'text'> & {
    headers: Pick<Headers, 'get' | 'has' | 'entries'>;
  } = {
    status,
    ok: status >= 200 && status < 300,
    url: '',
    headers: {
      get: (name) => headers.get(name.toLowerCase()) ?? null,
      has: (name) => headers.has(name.toLowerCase()),
      entries: () => headers.entries(),
    },
    body: null,
    text: async () => body,
  };
  return response as Response;
}
