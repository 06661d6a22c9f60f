import { errorCodes } from 'fastify';

const { FST_ERR_CTP_EMPTY_JSON_BODY, FST_ERR_CTP_INVALID_JSON_BODY } = errorCodes;

/** Levels of objects and arrays; a chat message has three. */
const maxDepth = 16;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses a request's body strictly: bytes that are no UTF-8 are refused, since a replacement
 * character in a user id would make one user of many, and so is nesting that could exhaust the
 * stack of whatever walks the value later.
 * @throws FST_ERR_CTP_EMPTY_JSON_BODY, FST_ERR_CTP_INVALID_JSON_BODY
 */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) throw new FST_ERR_CTP_EMPTY_JSON_BODY();
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch {
    // The parser's own message quotes the body, which may be a user's text.
    throw new FST_ERR_CTP_INVALID_JSON_BODY();
  }
  if (isDeeperThan(maxDepth, value)) throw new FST_ERR_CTP_INVALID_JSON_BODY();
  return value;
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((item) => isDeeperThan(levels - 1, item));
}
