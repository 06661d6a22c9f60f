import { createHash, timingSafeEqual } from 'node:crypto';
import type { onRequestAsyncHookHandler } from 'fastify';
import { HttpError } from './errors.ts';

/**
 * Lets only those calls through that carry the app's token, as its own sidecar's do: daprd sends
 * it as `dapr-api-token` where APP_API_TOKEN is set in both environments. Without it, whoever
 * reaches the port could go around mTLS and access control.
 * https://docs.dapr.io/operations/security/app-api-token/
 * @param token undefined lets every call through
 */
export function requireAppToken(token: string | undefined): onRequestAsyncHookHandler {
  return async ({ headers }) => {
    if (token === undefined) return;
    const given = headers['dapr-api-token'];
    if (typeof given === 'string' && isEqual(given, token)) return;
    throw new HttpError(401, "Only this service's own Dapr sidecar may call it");
  };
}

/** Takes the same time whatever is given, its length included. */
function isEqual(given: string, token: string): boolean {
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
