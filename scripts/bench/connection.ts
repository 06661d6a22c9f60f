import { connect, type Socket } from 'node:net';
import { type HttpAnswer, parseAnswer, serialiseRequest } from './http-message.ts';
import type { ExpectedExchange, JsonSubset } from './load.ts';

/** Milliseconds; an answer that takes longer is a failure of the run, not a sample. */
const answerTimeoutMs = 60_000;

export interface Connection {
  /** Sends one request. What is wrong with the answer, undefined where nothing is. */
  exchange(exchange: ExpectedExchange): Promise<string | undefined>;
  close(): void;
}

/**
 * Opens connections that carry one request at a time. On a bare socket: what an HTTP client costs
 * the load generator would be missing from what it measures, and a bare server costs less.
 */
export function connectTo(origin: string): () => Connection {
  const { hostname, port, host } = new URL(origin);
  const requests = new Map<ExpectedExchange, Buffer>();
  const bytesOf = (exchange: ExpectedExchange) => {
    const bytes = requests.get(exchange) ?? serialiseRequest(exchange, host);
    requests.set(exchange, bytes);
    return bytes;
  };
  return () => openConnection({ host: hostname, port: Number(port) }, bytesOf);
}

function openConnection(
  address: { host: string; port: number },
  bytesOf: (exchange: ExpectedExchange) => Buffer,
): Connection {
  let received: Buffer | undefined;
  let settle: ((answer: HttpAnswer | string) => void) | undefined;

  const socket: Socket = connect({ ...address, noDelay: true });
  const finish = (answer: HttpAnswer | string) => {
    received = undefined;
    const waiting = settle;
    settle = undefined;
    waiting?.(answer);
  };
  socket.setTimeout(answerTimeoutMs, () => socket.destroy(new Error('no answer in time')));
  socket.on('error', (error) => finish(`no answer: ${error.message}`));
  socket.on('close', () => finish('the connection was closed before the answer'));
  socket.on('data', (chunk) => {
    received = received === undefined ? chunk : Buffer.concat([received, chunk]);
    try {
      const answer = parseAnswer(received);
      if (answer) finish(answer);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : undefined);
    }
  });

  return {
    async exchange(exchange) {
      const answer = new Promise<HttpAnswer | string>((resolve) => {
        settle = resolve;
      });
      if (socket.destroyed) finish('the connection was closed before the request');
      else socket.write(bytesOf(exchange));
      const result = await answer;
      return typeof result === 'string'
        ? `${exchange.method} ${exchange.path}: ${result}`
        : findProblem(exchange, result);
    },
    close: () => {
      socket.destroy();
    },
  };
}

/** What an answer lacks of what is expected of it. */
export function findProblem(exchange: ExpectedExchange, answer: HttpAnswer): string | undefined {
  const { method, path, expected } = exchange;
  const { status, headers, body } = answer;
  const shown = `${method} ${path}: answered ${status} ${body.slice(0, 200)}`;
  if (status !== expected.status) return `${shown}, not ${expected.status}`;
  for (const [name, value] of Object.entries(expected.headers)) {
    if (headers.get(name) !== value) {
      return `${shown}, with ${name}: ${headers.get(name)}, not ${value}`;
    }
  }
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return `${shown}, which is no JSON`;
  }
  if (!holds(json, expected.json)) return `${shown}, which lacks ${JSON.stringify(expected.json)}`;
  return undefined;
}

function holds(actual: unknown, expected: JsonSubset): boolean {
  if (typeof expected !== 'object') return actual === expected;
  if (typeof actual !== 'object' || actual === null) return false;
  const fields = actual as Record<string, unknown>;
  for (const key in expected) {
    const value = expected[key];
    if (value === undefined || !holds(fields[key], value)) return false;
  }
  return true;
}
