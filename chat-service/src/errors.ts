import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { validationDetail } from './validation-detail.ts';

/** Every error's body, but a validation error's. */
export const ErrorBody = Type.Object({ detail: Type.String() });
type ErrorBody = Static<typeof ErrorBody>;

/** A failure whose message is meant for the client. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly statusCode: number;
  /** Seconds after which it is worth asking again. */
  readonly retryAfter: number | undefined;
  /** What happened, for the log. */
  readonly reason: string | undefined;

  constructor(
    statusCode: number,
    detail: string,
    { reason, retryAfter }: { reason?: string; retryAfter?: number } = {},
  ) {
    super(detail);
    this.statusCode = statusCode;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

const sentences: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The request body is too large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The request body must be JSON (content-type: application/json)',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The request body does not have the length it announces',
};

/** Answers every failure as `{"detail": …}`, without a stack, and logs those that are our own. */
export function errorHandler(
  error: FastifyError | HttpError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const problems = validationDetail(error, request);
  if (problems) {
    reply.code(422).send({ detail: problems });
  } else if (reply.raw.destroyed) {
    // Nobody reads this answer, and Fastify ends such a request without its onResponse hook. The
    // status is the one that nginx uses.
    const { method, url } = request;
    request.log.info({ method, url, status: 499 }, 'the client has gone');
    reply.code(499).send({ detail: 'The client has gone' } satisfies ErrorBody);
  } else if (error instanceof HttpError) {
    if (error.statusCode >= 500) request.log.error({ reason: error.reason }, error.message);
    if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter);
    reply.code(error.statusCode).send({ detail: error.message } satisfies ErrorBody);
  } else if (error.statusCode !== undefined && error.statusCode < 500) {
    reply.code(error.statusCode).send({ detail: sentences[error.code] ?? error.message });
  } else {
    request.log.error({ err: error }, 'the request failed');
    reply.code(500).send({ detail: 'Internal Server Error' } satisfies ErrorBody);
  }
}

/**
 * Answers 405 with `Allow` where a path exists for another method, else 404; before a body is
 * read, since that would answer 415 first. Call it before the routes are added: it learns them
 * as they come.
 */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const methodsByPattern = new Map<string, Set<string>>();

  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByPattern.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    methodsByPattern.set(url, methods);
  });

  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.replace(/\?.*$/s, '');
    const known = [...methodsByPattern].find(([pattern]) => matches(pattern, path));
    if (!known) return reply.code(404).send({ detail: 'Not Found' });
    reply.code(405).header('allow', [...known[1]].join(', '));
    return reply.send({ detail: 'Method Not Allowed' });
  };

  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return answer(request, reply);
    return undefined;
  });
  app.setNotFoundHandler(answer);
}

/** Whether a path fits a route's pattern, whose segments are literal or a `:parameter`. */
function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const segments = path.split('/');
  return (
    wanted.length === segments.length &&
    wanted.every((part, i) => part.startsWith(':') || part === segments[i])
  );
}
