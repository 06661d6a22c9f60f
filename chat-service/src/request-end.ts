import type { FastifyReply } from 'fastify';

/**
 * Calls back once with the status that a request ended with: 499, as nginx has it, where the client
 * went before it had its answer. Fastify's own `onResponse` hook leaves such a request out.
 */
export function onRequestEnd(reply: FastifyReply, callback: (status: number) => void): void {
  let isAnswered = false;
  reply.raw
    .once('finish', () => {
      isAnswered = true;
      callback(reply.statusCode);
    })
    .once('close', () => {
      if (!isAnswered) callback(499);
    });
}
