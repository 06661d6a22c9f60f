import { createServer } from 'node:net';
import { Failure } from './failure.ts';
import { type App, displayName, type MultiAppFile } from './multi-app-file.ts';
import { portKeys } from './multi-app-keys.ts';
import { findPortHolders, type PortHolder } from './port-holder.ts';

/** Ports that cannot be listened on; the message names each, its role and who holds it. */
export class PortsUnavailable extends Failure {
  override name = 'PortsUnavailable';
}

interface PlannedPort {
  port: number;
  role: string;
}

/** Makes sure that every port of the file is free. Throws PortsUnavailable with all that are not. */
export async function checkPorts(file: MultiAppFile): Promise<void> {
  const taken: PlannedPort[] = [];
  for (const planned of file.apps.flatMap(portsOf)) {
    if (!(await isFree(planned.port))) taken.push(planned);
  }
  if (taken.length === 0) return;
  const holders = await findPortHolders(taken.map(({ port }) => port));
  throw new PortsUnavailable(describe(taken, holders, displayName(file.path)));
}

/**
 * Whether a port can be listened on, by doing it on loopback and on every interface: a system
 * may allow one beside a listener on the other. Rejects where the port is not allowed at all.
 */
export async function isFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1', '0.0.0.0', '::']) {
    const error = await tryToListen(port, host);
    if (error === undefined || lacksAddress(error)) continue;
    if (error.code === 'EADDRINUSE') return false;
    if (error.code !== 'EACCES') throw error;
    throw new PortsUnavailable(`Port ${port} is for the administrator; take one from 1024.`);
  }
  return true;
}

// A machine without IPv6 has no ::1.
function lacksAddress({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}

function portsOf({ id, ports, ownMetricsPort }: App): PlannedPort[] {
  const planned = portKeys.map((key) => ({ port: ports[key], role: `${id} ${key}` }));
  return ownMetricsPort === undefined
    ? planned
    : [...planned, { port: ownMetricsPort, role: `${id} APP_METRICS_PORT` }];
}

function tryToListen(port: number, host: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function describe(
  taken: readonly PlannedPort[],
  holders: ReadonlyMap<number, PortHolder>,
  file: string,
): string {
  const lines = taken.map(({ port, role }) => {
    const holder = holders.get(port);
    if (holder === undefined) {
      return `  ${port} (${role}) by a process that this user may not see`;
    }
    const origin = holder.daprRunPid === undefined ? '' : `, of \`dapr run\` ${holder.daprRunPid}`;
    return `  ${port} (${role}) by PID ${holder.pid}: ${holder.name}${origin}`;
  });
  const change = `change the ports in ${file}`;
  const advice = stopCommand([...holders.values()]);
  return [
    taken.length === 1 ? 'A port is taken:' : 'Ports are taken:',
    ...lines,
    advice === '' ? `Stop it, or ${change}.` : `Stop it with  ${advice}  or ${change}.`,
  ].join('\n');
}

// One signal to `dapr run` stops all that it started.
function stopCommand(holders: readonly PortHolder[]): string {
  const pids = new Set(holders.map(({ pid, daprRunPid }) => daprRunPid ?? pid));
  return pids.size === 0 ? '' : `kill ${[...pids].join(' ')}`;
}
