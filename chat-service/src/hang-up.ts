import type { FastifyReply } from 'fastify';

/**
 * Aborted when the client goes before it has its answer. Fastify's own `request.signal` waits for
 * the request's `close`, which Node emits as soon as a body has been read, so that it misses this.
 */
export function hangUpSignal({ raw }: Pick<FastifyReply, 'raw'>): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    if (!raw.writableFinished) controller.abort();
  };
  if (raw.destroyed) abort();
  else raw.once('close', abort);
  return controller.signal;
}
