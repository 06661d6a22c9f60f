import { randomBytes } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { homeFolder } from '../dapr-runtime/cache.ts';
import type { DaprRuntime } from '../dapr-runtime/ensure.ts';
import { Failure } from './failure.ts';
import { isFree } from './ports.ts';
import { SENTRY_PORT, startSentry, TRUST_DOMAIN } from './sentry.ts';

const SENTRY_CONFIGURATION = fileURLToPath(
  new URL('../../dapr/secure/sentry.yaml', import.meta.url),
);

export interface Security {
  /** For `dapr run`, whose sidecars and apps inherit it. */
  environment: Record<string, string>;
  /** For a placement service that such sidecars can talk to. */
  placementFlags: string[];
}

/**
 * Starts sentry and makes the tokens of this run.
 * Rejects with a Failure where this Dapr has no sentry or its port is taken.
 */
export async function startSecurity(
  { sentry, root }: DaprRuntime,
  options: { env: NodeJS.ProcessEnv; signal: AbortSignal; onStart: (pid: number) => void },
): Promise<Security> {
  if (sentry === undefined) {
    throw new Failure(
      `--secure needs sentry, Dapr's certificate authority, and there is none in ${root}/.dapr/bin. ` +
        "Put the one of the same version there (it is among the runtime's releases: " +
        'https://github.com/dapr/dapr/releases).',
    );
  }
  if (!(await isFree(SENTRY_PORT))) {
    throw new Failure(
      `Port ${SENTRY_PORT}, where Dapr's CLI looks for sentry, is taken. Stop what listens there.`,
    );
  }
  const credentials = credentialsFolder(options.env);
  const certificates = await startSentry({
    executable: sentry,
    configPath: SENTRY_CONFIGURATION,
    credentials,
    port: SENTRY_PORT,
    signal: options.signal,
    onStart: options.onStart,
  });
  return {
    // In the environment only: a command line can be read by everybody on the machine.
    environment: { ...certificates, DAPR_API_TOKEN: newToken(), APP_API_TOKEN: newToken() },
    placementFlags: [
      '--tls-enabled',
      `--sentry-address=127.0.0.1:${SENTRY_PORT}`,
      `--trust-domain=${TRUST_DOMAIN}`,
      `--trust-anchors-file=${join(credentials, 'ca.crt')}`,
    ],
  };
}

/** Where the root certificate and the issuer's key are kept from one start to the next. */
export function credentialsFolder(env: NodeJS.ProcessEnv): string {
  const chosen = env['XDG_STATE_HOME'] ?? '';
  const base = isAbsolute(chosen) ? chosen : join(homeFolder(env), '.local', 'state');
  return join(base, 'dapr-service-invocation', 'credentials');
}

function newToken(): string {
  return randomBytes(32).toString('base64url');
}
