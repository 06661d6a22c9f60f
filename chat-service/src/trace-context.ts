import type { IncomingHttpHeaders } from 'node:http';

// https://www.w3.org/TR/trace-context/#traceparent-header, where zeros alone mean none: what daprd
// sends to an app when there is no trace.
const wellFormed = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** The W3C trace context, where the client sent one that is well-formed. */
export function traceparentOf({ traceparent }: IncomingHttpHeaders): string | undefined {
  return typeof traceparent === 'string' && wellFormed.test(traceparent) ? traceparent : undefined;
}

/** The trace and the span that a request belongs to, if any. */
export function remoteParentOf(headers: IncomingHttpHeaders) {
  const [, traceId, spanId, flags] = traceparentOf(headers)?.split('-') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // Of the flags only "sampled" has a meaning.
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}
