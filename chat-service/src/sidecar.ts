import { errors, Pool } from 'undici';
import type { SidecarConfig } from './config.ts';
import { startDeadline } from './deadline.ts';
import { fallback, type MessageCount, readMessageCount } from './message-count.ts';
import { BodyTooLargeError, requestText } from './request-text.ts';

/** Bytes. A count takes about 20, an error of Dapr's less than a thousand. */
const maxAnswerBytes = 16 * 1024;

export interface Sidecar {
  /**
   * Asks analytics, through the sidecar, how many messages a user has sent.
   * Every failure is a fallback with its reason; it throws only where `signal` is aborted.
   */
  messageCount(userId: string, context: InvocationContext): Promise<MessageCount>;
  close(): Promise<void>;
}

/** What an invocation takes over from the request that it is made for. */
export interface InvocationContext {
  /** Aborted when the client has gone, and the answer is of no use any more. */
  signal: AbortSignal;
  /** The request's W3C trace context. */
  traceparent: string | undefined;
}

/** The way to analytics: a pool of connections to this service's own daprd. */
export function createSidecar(config: SidecarConfig): Sidecar {
  const pool = new Pool(`http://127.0.0.1:${config.httpPort}`);

  return {
    async messageCount(userId, { signal, traceparent }) {
      const deadline = startDeadline(signal, config.timeoutMs);
      const { path, headers } = invocation(config, ['analytics', userId]);
      try {
        const { status, body } = await requestText(pool, {
          method: 'GET',
          path,
          headers: { ...headers, traceparent },
          signal: deadline.signal,
          maxBytes: maxAnswerBytes,
        });
        return readMessageCount({ status, body });
      } catch (error) {
        signal.throwIfAborted();
        if (deadline.expired()) {
          return fallback('timeout', `no answer from the sidecar in ${config.timeoutMs} ms`);
        }
        return callFailure(error);
      } finally {
        deadline.end();
      }
    },

    close: () => pool.destroy(),
  };
}

/**
 * The request line and headers of an invocation, in either of the two forms that Dapr offers:
 * https://docs.dapr.io/developing-applications/building-blocks/service-invocation/howto-invoke-discover-services/
 */
function invocation({ appId, apiToken, invocation: form }: SidecarConfig, segments: string[]) {
  const method = segments.map(encodeURIComponent).join('/');
  // undici leaves out a header that is undefined.
  const headers = { 'dapr-api-token': apiToken };
  return form === 'url'
    ? { path: `/v1.0/invoke/${encodeURIComponent(appId)}/method/${method}`, headers }
    : { path: `/${method}`, headers: { ...headers, 'dapr-app-id': appId } };
}

/** What it means that no whole answer came. */
function callFailure(error: unknown): MessageCount {
  const { code, name, message } = error as NodeJS.ErrnoException;
  const unreadable =
    error instanceof BodyTooLargeError ||
    error instanceof errors.HTTPParserError ||
    /HEADERS_OVERFLOW|CONTENT_LENGTH_MISMATCH/.test(code ?? '');
  return fallback(unreadable ? 'bad-answer' : 'sidecar-unreachable', `${code ?? name}: ${message}`);
}
