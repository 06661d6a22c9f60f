import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from './failure.ts';
import type { App } from './multi-app-file.ts';
import type { PartName } from './parts.ts';

const POLL_MS = 75;
const ATTEMPT_MS = 5_000;

/** A call between two services that must work before all counts as ready. */
export interface Invocation {
  caller: string;
  callee: string;
  /** Path of the callee's route, without a slash at its start. */
  method: string;
}

export interface Check extends PartName {
  /** For people: what is not ready while the check fails. */
  name: string;
  url: string;
  passes(status: number): boolean;
}

/** What is not ready when the time is up. */
export class NotReady extends Failure {
  override name = 'NotReady';
  readonly failures: readonly (Check & { reason: string })[];

  constructor(failures: readonly (Check & { reason: string })[], deadlineMs: number) {
    const lines = failures.map(({ name, url, reason }) => `  ${name}: ${url} ${reason}`);
    super([`Not ready within ${deadlineMs / 1_000} s:`, ...lines].join('\n'));
    this.failures = failures;
  }
}

/** What must be well before a service can call another: each app, and the way out of its sidecar. */
export function healthChecks(apps: readonly App[]): Check[] {
  return apps.flatMap(({ id, ports, healthPath }) => [
    {
      appId: id,
      kind: 'app' as const,
      name: id,
      url: `http://127.0.0.1:${ports.appPort}${healthPath}`,
      // An app without this route answers 404, and so is up.
      passes: (status: number) => status < 500,
    },
    {
      appId: id,
      kind: 'sidecar' as const,
      name: `${id}'s sidecar`,
      // Not /v1.0/healthz: it waits for placement, which nothing here needs.
      url: `http://127.0.0.1:${ports.daprHTTPPort}/v1.0/healthz/outbound`,
      passes: (status: number) => status === 204,
    },
  ]);
}

/** The check that one service reaches another; none where the file lacks either of them. */
export function invocationChecks(
  apps: readonly App[],
  { caller, callee, method }: Invocation,
): Check[] {
  const from = apps.find(({ id }) => id === caller);
  if (from === undefined || !apps.some(({ id }) => id === callee)) return [];
  return [
    {
      appId: caller,
      kind: 'sidecar',
      name: `the call from ${caller} to ${callee}`,
      url: `http://127.0.0.1:${from.ports.daprHTTPPort}/v1.0/invoke/${callee}/method/${method}`,
      passes: (status) => status === 200,
    },
  ];
}

/**
 * Waits until the checks of every stage pass, one stage after the other.
 * Rejects with NotReady after `deadlineMs` for all, or with the signal's reason.
 */
export async function waitUntilReady(
  stages: readonly (readonly Check[])[],
  options: { deadlineMs: number; signal: AbortSignal; token?: string | undefined },
): Promise<void> {
  const { deadlineMs, token } = options;
  const expired = AbortSignal.timeout(deadlineMs);
  const signal = AbortSignal.any([expired, options.signal]);
  for (const checks of stages) {
    const results = await Promise.all(
      checks.map(async (check) => ({ ...check, reason: await untilPasses(check, signal, token) })),
    );
    options.signal.throwIfAborted();
    const failures = results.flatMap(({ reason, ...check }) =>
      reason === undefined ? [] : [{ ...check, reason }],
    );
    if (failures.length > 0) throw new NotReady(failures, deadlineMs);
  }
}

/** Undefined when the check passes, else why it did not when last tried. */
async function untilPasses(
  { url, passes }: Check,
  signal: AbortSignal,
  token: string | undefined,
): Promise<string | undefined> {
  let reason = 'was never tried';
  while (!signal.aborted) {
    try {
      const response = await fetch(url, {
        headers: { connection: 'close', ...(token && { 'dapr-api-token': token }) },
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
      });
      const body = await response.text();
      if (passes(response.status)) return undefined;
      reason = `answers ${response.status} ${body.slice(0, 200)}`.trimEnd();
    } catch (error) {
      if (!signal.aborted || reason === 'was never tried') reason = describe(error);
    }
    await pause(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return reason;
}

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED') {
    return 'refuses connections';
  }
  if (cause instanceof Error && cause.name === 'TimeoutError') return 'does not answer';
  return cause instanceof Error ? `fails: ${cause.message}` : `fails: ${String(cause)}`;
}
