/** Why the count is 0 although nobody counted: part of the wire, as `x-analytics`'s reason. */
export type FallbackReason =
  | 'user-unknown'
  | 'sidecar-unreachable'
  | 'timeout'
  | 'app-not-found'
  | 'app-unreachable'
  | 'circuit-open'
  | 'denied'
  | 'bad-answer'
  | 'app-error';

/** How many messages a user has sent; 0 where analytics could not say. */
export type MessageCount =
  | { count: number; reason?: never; detail?: never }
  | { count: 0; reason: FallbackReason; detail: string };

/** An answer of the sidecar, whether its own or passed through from analytics. */
export interface SidecarAnswer {
  status: number;
  body: string;
}

/** The count to go on with where there is none. */
export function fallback(reason: FallbackReason, detail: string): MessageCount {
  return { count: 0, reason, detail };
}

/** What a sidecar's answer to `GET /analytics/<user>` means. */
export function readMessageCount({ status, body }: SidecarAnswer): MessageCount {
  const json = parse(body);
  if (status === 200) {
    const count = json['message_count'];
    return isCount(count) ? { count } : fallback('bad-answer', 'message_count is no count');
  }
  if (status === 404 && json['detail'] === 'User not found') {
    return fallback('user-unknown', 'analytics does not know this user');
  }
  if (status === 401 || status === 403) return fallback('denied', describe(status, json));
  if (status < 500) return fallback('bad-answer', describe(status, json));
  if (json['errorCode'] !== 'ERR_DIRECT_INVOKE') {
    return fallback('app-error', describe(status, json));
  }
  const { message } = json;
  const reason = invocationFailure(typeof message === 'string' ? message : '');
  return fallback(reason, describe(status, json));
}

/**
 * How components-contrib's name resolution (mDNS, SQLite, Consul) says that it knows no such app,
 * and Go's DNS, which is what Kubernetes asks.
 */
const unknownApp =
  /couldn't find service|timeout waiting for address|failed to resolve address|no host found with|no healthy services found|no such host/;

/**
 * Tells daprd's own failures apart, which share one status (500) and one code (ERR_DIRECT_INVOKE):
 * only the message differs. The words are those of daprd 1.18: `pkg/messages/predefined.go`,
 * gobreaker's `ErrOpenState` and `ErrTooManyRequests`, Go's `context.DeadlineExceeded`, gRPC's codes.
 * A user id that is quoted in the message is percent-encoded, and so has none of their spaces.
 */
function invocationFailure(message: string): FallbackReason {
  if (/circuit breaker is open|too many requests/.test(message)) return 'circuit-open';
  if (unknownApp.test(message)) return 'app-not-found';
  if (/context deadline exceeded|code = DeadlineExceeded/.test(message)) return 'timeout';
  if (/invoke API is not ready/.test(message)) return 'sidecar-unreachable';
  if (/code = (?:PermissionDenied|Unauthenticated)/.test(message)) return 'denied';
  // The sidecar itself refused the path: the 400 of gRPC, and no word about the app.
  if (/code = InvalidArgument/.test(message)) return 'bad-answer';
  return 'app-unreachable';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** The fields of a JSON object; none where the body is something else. */
function parse(body: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(body) };
  } catch {
    return {};
  }
}

/** For the log: daprd's own message, else only the status, since a body may hold anything. */
function describe(status: number, json: Record<string, unknown>): string {
  const message = json['errorCode'] === 'ERR_DIRECT_INVOKE' ? json['message'] : undefined;
  const said = typeof message === 'string' ? `: ${message.slice(0, 300)}` : '';
  return `status ${status}${said}`;
}
