import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import { HttpError } from './errors.ts';

/** Seconds after which a chat that was refused is worth another try. */
const retryAfter = 1;

/** How many requests there are at once on the routes that have its hook. */
export interface InFlight {
  hook: onRequestAsyncHookHandler;
  count(): number;
}

/**
 * Refuses what would come on top of `max` requests in flight, before its body is read: what was
 * accepted keeps its pace, since nothing waits in a queue that only grows.
 */
export function limitInFlight(max: number): InFlight {
  let inFlight = 0;
  const hook: onRequestAsyncHookHandler = async (_request, reply) => {
    if (inFlight >= max) {
      // Not through the error handler: under overload a line for each refusal is work, too.
      reply.code(503).header('retry-after', retryAfter);
      return reply.send({ detail: 'Too many chats at once' });
    }
    inFlight += 1;
    reply.raw.once('close', () => {
      inFlight -= 1;
    });
    return undefined;
  };
  return { hook, count: () => inFlight };
}

/**
 * Limits the requests of each client address, on routes with `config.rateLimit`. Behind a gateway
 * every request has the gateway's address: limit there instead.
 * @param perMinute requests; undefined for no limit
 */
export async function limitRate(
  app: FastifyInstance,
  perMinute: number | undefined,
): Promise<void> {
  if (perMinute === undefined) return;
  await app.register(rateLimit, {
    global: false,
    max: perMinute,
    timeWindow: '1 minute',
    // RateLimit-Limit, -Remaining and -Reset, as the IETF's draft names them.
    enableDraftSpec: true,
    errorResponseBuilder: (_request, { ttl }) =>
      new HttpError(429, 'Too many requests', { retryAfter: Math.ceil(ttl / 1000) }),
  });
}
