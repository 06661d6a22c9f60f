import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

/** Where Dapr's CLI sends a sidecar whose Configuration enables mTLS. */
export const SENTRY_PORT = 50_001;

/** Of sentry itself. Apps are in `public`: outside of Kubernetes sentry 1.18 knows no other. */
export const TRUST_DOMAIN = 'service-invocation.local';

const READY_MS = 5_000;

export interface SentryOptions {
  executable: string;
  /** A Configuration with the lifetime of certificates. */
  configPath: string;
  /** The folder of the root's and issuer's certificates and keys; made by the first start. */
  credentials: string;
  port: number;
  signal: AbortSignal;
  /** Gets the PID before anything can fail. */
  onStart: (pid: number) => void;
}

/**
 * Starts sentry, Dapr's certificate authority, on loopback, in a session of its own.
 * @returns what sidecars need in their environment to trust it and to be trusted
 * Rejects with the reason where it ends or does not listen within 5 s, or with the signal's.
 */
export async function startSentry(options: SentryOptions): Promise<Record<string, string>> {
  const { executable, configPath, credentials, port, signal, onStart } = options;
  await mkdir(credentials, { recursive: true, mode: 0o700 });
  // Also where the folder was there before, with another mode.
  await chmod(credentials, 0o700);
  const flags = {
    config: configPath,
    'issuer-credentials': credentials,
    'trust-domain': TRUST_DOMAIN,
    'listen-address': '127.0.0.1',
    port,
    'healthz-listen-address': '127.0.0.1',
    'healthz-port': 0,
    'metrics-listen-address': '127.0.0.1',
    'metrics-port': 0,
  };
  const child = spawn(
    executable,
    Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    { detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (child.pid !== undefined) onStart(child.pid);
  let lastLine = '';
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lastLine = line;
    });
  }
  await once(child, 'spawn');

  const deadline = AbortSignal.timeout(READY_MS);
  while (!(await accepts(port))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`sentry ended at once: ${lastLine}`);
    }
    if (deadline.aborted) throw new Error(`sentry does not listen after ${READY_MS / 1_000} s`);
    await pause(25, undefined, { signal });
  }
  return {
    DAPR_TRUST_ANCHORS: await readFile(path.join(credentials, 'ca.crt'), 'utf8'),
    DAPR_CONTROLPLANE_TRUST_DOMAIN: TRUST_DOMAIN,
    NAMESPACE: 'default',
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
