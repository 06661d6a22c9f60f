import type { ClosedLoop } from './closed-loop.ts';
import type { Schedule } from './open-loop.ts';
import type { Latencies } from './statistics.ts';

/** A request, and what its answer must hold. */
export interface ExpectedExchange {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
  expected: {
    status: number;
    headers: Record<string, string>;
    /** Must be in the answer's JSON, which may hold more. */
    json: JsonSubset;
  };
}

export type JsonSubset = string | number | { [key: string]: JsonSubset };

/** What the load generator is told to do: the exchanges in turn, in one of the two loops. */
export interface LoadOrder {
  origin: string;
  exchanges: ExpectedExchange[];
  loop: ({ kind: 'closed' } & ClosedLoop) | ({ kind: 'open' } & Schedule);
}

/** What came of it. */
export interface LoadReport {
  sent: number;
  /** Answers that were wrong, and requests without one. */
  wrong: number;
  /** What was wrong with the first of them. */
  firstProblem: string | undefined;
  /** Answers a second; of an open loop its own rate. */
  requestsPerSecond: number;
  latency: Latencies;
  /** How late requests left, of an open loop. */
  lateness: Latencies | undefined;
}

/** Exchanges of `POST /chat/` for the two users whom analytics knows. */
export function knownChats(text: string): ExpectedExchange[] {
  return [chat('alice', text, 5), chat('bob', text, 3)];
}

/**
 * Exchanges of `POST /chat/` for users whom nobody knows: many, because Dapr's breaker counts a
 * 404 as a failure of its path.
 * @param length of each user id, in characters: 1 or more
 */
export function unknownChats(length: number, text: string): ExpectedExchange[] {
  return Array.from({ length: 4000 }, (_, index) => {
    // One character is one of 4,000 Chinese ones, which takes three bytes.
    const id = length < 5 ? String.fromCodePoint(0x4e00 + index) : String(index);
    return chat(id.padEnd(length, 'x'), text, undefined);
  });
}

function chat(userId: string, text: string, count: number | undefined): ExpectedExchange {
  // Within the schema's limit, also for the longest user id.
  const sessionId = `session of ${userId}`.slice(0, 128);
  return {
    method: 'POST',
    path: '/chat/',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user_id: userId, text, metadata: { session_id: sessionId } }),
    expected: {
      status: 200,
      headers: { 'x-analytics': count === undefined ? 'fallback; reason=user-unknown' : 'ok' },
      json: {
        user_id: userId,
        reply: replyFor(count ?? 0),
        metadata: { session_id: sessionId },
      },
    },
  };
}

/** What the model stub says: the count that reached it, so that a wrong one shows at the client. */
export function replyFor(count: number): string {
  return `You have sent ${count} messages.`;
}

/** Exchanges of `GET /analytics/<user>` for the two users whom analytics knows. */
export function knownCounts(prefix = ''): ExpectedExchange[] {
  const count = (userId: string, message_count: number): ExpectedExchange => ({
    method: 'GET',
    path: `${prefix}/analytics/${userId}`,
    headers: {},
    body: undefined,
    expected: { status: 200, headers: {}, json: { message_count } },
  });
  return [count('alice', 5), count('bob', 3)];
}
