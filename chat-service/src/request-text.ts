import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

/** A response's body is larger than what its reader is willing to hold. */
export class BodyTooLargeError extends Error {
  override name = 'BodyTooLargeError';

  constructor(maxBytes: number) {
    super(`The body is larger than ${maxBytes} bytes`);
  }
}

export interface TextRequest {
  method: Dispatcher.HttpMethod;
  path: string;
  /** One that is undefined is left out. */
  headers: Record<string, string | undefined> | Headers;
  body?: string | null;
  signal: AbortSignal | null;
  /** The largest body that is read; what comes after ends the connection. */
  maxBytes: number;
}

export interface TextAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * Sends a request and reads the whole answer as UTF-8; follows no redirect. On undici's lowest
 * layer: the stream that `Pool.request` makes of each body stands out in a profile of a chat.
 * Rejects with BodyTooLargeError, with what `signal` was aborted with, and with undici's errors.
 */
export function requestText(pool: Dispatcher, request: TextRequest): Promise<TextAnswer> {
  const { signal, maxBytes, method, path, headers, body = null } = request;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status = 0;
    let answerHeaders: IncomingHttpHeaders = {};
    let started: Dispatcher.DispatchController | undefined;

    const abort = () => {
      started?.abort(signal?.reason);
      reject(signal?.reason);
    };
    const end = () => signal?.removeEventListener('abort', abort);
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    pool.dispatch(
      { method, path, headers, body },
      {
        onRequestStart(controller) {
          started = controller;
          // It may have waited for a connection until nobody wanted it any more.
          if (signal?.aborted) controller.abort(signal.reason);
        },
        onResponseStart(_controller, statusCode, received) {
          status = statusCode;
          answerHeaders = received;
        },
        onResponseData(controller, chunk) {
          bytes += chunk.length;
          if (bytes > maxBytes) controller.abort(new BodyTooLargeError(maxBytes));
          else chunks.push(chunk);
        },
        onResponseEnd() {
          end();
          resolve({ status, headers: answerHeaders, body: Buffer.concat(chunks).toString('utf8') });
        },
        onResponseError(_controller, error) {
          end();
          reject(error);
        },
      },
    );
  });
}
