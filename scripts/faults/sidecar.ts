import { type SidecarOptions, type SidecarProcess, startSidecar } from '../live/sidecar-process.ts';
import type { Part } from './part.ts';
import type { Scope } from './scope.ts';

/** A daprd that keeps its ports over its restarts. */
export interface Sidecar extends Part {
  httpPort: number;
  log(): string;
}

/**
 * A sidecar that is not started yet.
 * @param ports HTTP, gRPC, internal gRPC and metrics
 */
export function createSidecarPart(
  scope: Scope,
  ports: readonly number[],
  options: Omit<SidecarOptions, 'ports' | 'onStart'>,
): Sidecar {
  const name = `the sidecar of ${options.appId}`;
  let running: SidecarProcess | undefined;
  const current = () => {
    if (!running) throw new Error(`${name} has not been started`);
    return running;
  };
  return {
    name,
    httpPort: ports[0] ?? 0,
    log: () => current().log(),
    pid: () => current().process.pid ?? 0,
    isRunning: () => running?.process.exitCode === null && running.process.signalCode === null,
    async start() {
      running = await startSidecar({ ...options, ports, onStart: scope.add });
    },
    signal: (signal) => void current().process.kill(signal),
    async end(signal) {
      await running?.stop(signal);
    },
  };
}
