import { randomUUID } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** Milliseconds after which a client of these tests gives up. */
const giveUpMs = 15_000;

/** What a client sees of one chat. */
export interface ChatAnswer {
  requestId: string;
  status: number;
  /** The header `x-analytics`. */
  analytics: string | undefined;
  retryAfter: string | undefined;
  /** The reply, or the detail of an error. */
  text: string;
  /** Milliseconds from the request to the whole answer. */
  ms: number;
}

export interface ChatOptions {
  port: number;
  user: string;
  text: string;
  /** Where the chat goes through a sidecar: the app id. */
  appId?: string;
}

/** Sends a chat on a connection of its own. Rejects where no whole answer comes. */
export async function chat(options: ChatOptions): Promise<ChatAnswer> {
  const requestId = randomUUID();
  const start = performance.now();
  return await new Promise((resolve, reject) => {
    const outgoing = openChat(options, requestId);
    outgoing.on('error', (error) => reject(new Error(`${requestId}: ${error.message}`)));
    outgoing.on('response', (incoming) => {
      let body = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (text: string) => {
        body += text;
      });
      incoming.on('error', (error) => reject(new Error(`${requestId}: ${error.message}`)));
      incoming.on('end', () =>
        resolve({ requestId, ...readAnswer(incoming, body), ms: performance.now() - start }),
      );
    });
  });
}

/** Sends a chat and leaves the answer to the caller, who may go before it comes. */
export function openChat(
  { port, user, text, appId }: ChatOptions,
  requestId: string,
): ClientRequest {
  const body = JSON.stringify({ user_id: user, text });
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: appId === undefined ? '/chat/' : `/v1.0/invoke/${appId}/method/chat/`,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-request-id': requestId,
    },
    // A kept connection would count as one of chat-service's sockets.
    agent: false,
    signal: AbortSignal.timeout(giveUpMs),
  });
  return outgoing.end(body);
}

function readAnswer(incoming: IncomingMessage, body: string) {
  const header = (name: string) => {
    const value = incoming.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    status: incoming.statusCode ?? 0,
    analytics: header('x-analytics'),
    retryAfter: header('retry-after'),
    text: textOf(body),
  };
}

function textOf(body: string): string {
  try {
    const { reply, detail } = JSON.parse(body) as { reply?: string; detail?: string };
    return reply ?? detail ?? body;
  } catch {
    return body;
  }
}
