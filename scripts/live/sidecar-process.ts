import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from './ports.ts';
import { needRuntime } from './runtime.ts';

/** Milliseconds within which a sidecar is up. */
const startTimeoutMs = 15_000;

export interface SidecarOptions {
  appId: string;
  appPort?: number;
  /** A folder of resources, such as a resiliency policy. */
  resourcesPath?: string;
  /** A Configuration file. */
  configPath?: string;
  /** The address of sentry; with it, the sidecar uses mTLS. */
  sentryAddress?: string;
  /** For daprd, on top of this process's own. */
  env?: Record<string, string>;
  /** Instead of free ones: HTTP, gRPC, internal gRPC and metrics. */
  ports?: readonly number[];
  /** Gets the PID before anything can fail. */
  onStart?: (pid: number) => void;
}

export interface SidecarProcess {
  appId: string;
  httpPort: number;
  /** Where other sidecars connect to. */
  internalGrpcPort: number;
  process: ChildProcess;
  /** What daprd has logged. */
  log(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts one daprd, on loopback and on ports of its own, and waits until it can invoke others. */
export async function startSidecar(options: SidecarOptions): Promise<SidecarProcess> {
  const { appId, appPort, resourcesPath, configPath, sentryAddress, env } = options;
  const ports = options.ports ?? (await freePorts(4));
  const [httpPort = 0, grpcPort, internalGrpcPort = 0, metricsPort] = ports;
  const flags = {
    'app-id': appId,
    ...(appPort === undefined ? {} : { 'app-port': appPort }),
    ...(resourcesPath === undefined ? {} : { 'resources-path': resourcesPath }),
    ...(configPath === undefined ? {} : { config: configPath }),
    'dapr-http-port': httpPort,
    'dapr-grpc-port': grpcPort,
    'dapr-internal-grpc-port': internalGrpcPort,
    'metrics-port': metricsPort,
    'dapr-listen-addresses': '127.0.0.1',
  };
  const child = spawn(
    needRuntime().daprd,
    [
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ...(sentryAddress === undefined ? [] : ['--enable-mtls', '--sentry-address', sentryAddress]),
    ],
    {
      env: { ...process.env, DAPR_HOST_IP: '127.0.0.1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  if (child.pid !== undefined) options.onStart?.(child.pid);
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-20_000);
    });
  }
  const sidecar: SidecarProcess = {
    appId,
    httpPort,
    internalGrpcPort,
    process: child,
    log: () => log,
    async stop(signal = 'SIGKILL') {
      process.off('exit', endWithUs);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
  try {
    await waitUntil(
      `daprd of ${appId} is up`,
      async () => {
        if (child.exitCode !== null) throw new Error(`daprd of ${appId} ended:\n${log}`);
        return (await statusOf(`http://127.0.0.1:${httpPort}/v1.0/healthz/outbound`)) === 204;
      },
      startTimeoutMs,
    );
  } catch (error) {
    await sidecar.stop();
    throw error;
  }
  return sidecar;
}

/** Asks again and again, until the answer is yes. Throws after the time-out, naming what was awaited. */
export async function waitUntil(
  what: string,
  isTrue: () => Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await delay(50);
  }
}

/** The status that a GET is answered with; undefined where nobody answers. */
export async function statusOf(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
