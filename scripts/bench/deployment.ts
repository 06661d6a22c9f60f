import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { uniqueAppId } from '../live/app-id.ts';
import { freePorts } from '../live/ports.ts';
import { answering } from './answering.ts';
import type { Processes, RunningProcess } from './processes.ts';
import type { StubReport } from './rungs/model-stub.ts';

const projectRoot = path.resolve(import.meta.dirname, '../..');

/** A process that answers HTTP on loopback. */
export interface Server extends RunningProcess {
  origin: string;
  /** From spawn to the first answer. */
  startedInMs: number;
}

/** How a chat is answered: the rungs A, B and C. */
export type Rung = 'A' | 'B' | 'C';

export const rungNames: Record<Rung, string> = {
  A: 'A bare node:http',
  B: 'B Fastify, raw calls',
  C: 'C chat-service',
};

/** All that stands around chat-service: its sidecar, analytics behind its own, and the model. */
export interface Deployment {
  appId: string;
  /** chat-service's sidecar. */
  caller: Server;
  /** One for each instance of analytics-service. */
  callees: Server[];
  analytics: Server[];
  stub: RunningProcess;
  startRung(rung: Rung): Promise<Server>;
  /** Lets the model take so long from now on. The requests it got since the call before. */
  setModelLatency(ms: number): Promise<number>;
  stop(): Promise<void>;
}

/** Starts it on free ports, under an app id that nobody else uses. */
export async function startDeployment(
  processes: Processes,
  {
    daprd,
    instances = 1,
    kind = 'shipped',
  }: { daprd: string; instances?: number; kind?: 'bare' | 'shipped' },
): Promise<Deployment> {
  const appId = uniqueAppId('bench-analytics');
  const resources = writeResources(processes.folder, appId);
  const started: RunningProcess[] = [];
  const keep = <Started extends RunningProcess>(process: Started) => {
    started.push(process);
    return process;
  };

  const [stubPort = 0] = await freePorts(1);
  const stub = keep(
    startNode(processes, 'the model stub', 'scripts/bench/rungs/model-stub.ts', {
      APP_PORT: String(stubPort),
    }),
  );
  const analytics: Server[] = [];
  const callees: Server[] = [];
  for (let instance = 0; instance < instances; instance += 1) {
    const service = keep(await startAnalytics(processes, kind));
    analytics.push(service);
    const appPort = new URL(service.origin).port;
    const app = { 'app-id': appId, 'app-port': appPort };
    callees.push(keep(await startSidecar(processes, { daprd, resources, app })));
  }
  const app = { 'app-id': uniqueAppId('bench-chat') };
  const caller = keep(await startSidecar(processes, { daprd, resources, app }));
  const signal = processes.broken;
  await answering(`${caller.origin}/v1.0/invoke/${appId}/method/analytics/alice`, {
    status: 200,
    signal,
  });

  return {
    appId,
    caller,
    callees,
    analytics,
    stub,
    async startRung(rung) {
      const scripts = { A: 'bare-chat.ts', B: 'fastify-chat.ts' };
      const [script, folder] =
        rung === 'C'
          ? ['src/server.ts', 'chat-service']
          : [`scripts/bench/rungs/${scripts[rung]}`, '.'];
      return keep(
        await startServer(processes, rungNames[rung], script, folder, {
          DAPR_HTTP_PORT: new URL(caller.origin).port,
          ANALYTICS_APP_ID: appId,
          OPENAI_BASE_URL: `http://127.0.0.1:${stubPort}/v1`,
        }),
      );
    },
    async setModelLatency(latencyMs) {
      const { received } = await stub.ask<StubReport>({ latencyMs }, 5000);
      return received;
    },
    async stop() {
      await Promise.all(started.map((process) => process.stop()));
    },
  };
}

/** analytics-service, or the bare server that it is measured against. */
export function startAnalytics(processes: Processes, kind: 'bare' | 'shipped'): Promise<Server> {
  return kind === 'bare'
    ? startServer(processes, 'bare node:http', 'scripts/bench/rungs/bare-analytics.ts', '.', {})
    : startServer(processes, 'analytics-service', 'src/server.ts', 'analytics-service', {});
}

/** Starts one of our own scripts that takes orders. */
export function startNode(
  processes: Processes,
  name: string,
  script: string,
  env: Record<string, string> = {},
): RunningProcess {
  return processes.start({
    name,
    command: process.execPath,
    args: [script],
    folder: projectRoot,
    env: { ...baseEnvironment(), ...env },
    takesOrders: true,
  });
}

/** A service's folder, its script and its variables; the rest is what it is shipped with. */
async function startServer(
  processes: Processes,
  name: string,
  script: string,
  folder: string,
  env: Record<string, string>,
): Promise<Server> {
  const [port = 0] = await freePorts(1);
  const process_ = processes.start({
    name,
    command: process.execPath,
    args: [script],
    folder: path.join(projectRoot, folder),
    env: { ...baseEnvironment(), NODE_ENV: 'production', APP_PORT: String(port), ...env },
  });
  const origin = `http://127.0.0.1:${port}`;
  const startedInMs = await answering(`${origin}/health`, {
    status: 200,
    signal: processes.broken,
  });
  return { ...process_, origin, startedInMs };
}

async function startSidecar(
  processes: Processes,
  { daprd, resources, app }: { daprd: string; resources: string; app: Record<string, string> },
): Promise<Server> {
  const [httpPort, grpcPort, internalGrpcPort, metricsPort] = await freePorts(4);
  const flags = {
    ...app,
    'dapr-http-port': httpPort,
    'dapr-grpc-port': grpcPort,
    'dapr-internal-grpc-port': internalGrpcPort,
    'metrics-port': metricsPort,
    'dapr-listen-addresses': '127.0.0.1',
    config: path.join(projectRoot, 'dapr/configuration.yaml'),
    'resources-path': resources,
  };
  const process_ = processes.start({
    name: `daprd of ${app['app-id']}`,
    command: daprd,
    args: Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
    folder: projectRoot,
    env: { ...baseEnvironment(), DAPR_HOST_IP: '127.0.0.1' },
  });
  const origin = `http://127.0.0.1:${httpPort}`;
  const startedInMs = await answering(`${origin}/v1.0/healthz/outbound`, {
    status: 204,
    signal: processes.broken,
  });
  return { ...process_, origin, startedInMs };
}

/** The project's own resources, aimed at an app id. */
function writeResources(folder: string, appId: string): string {
  const source = path.join(projectRoot, 'dapr/resources');
  const target = path.join(folder, appId);
  mkdirSync(target);
  for (const file of readdirSync(source)) {
    const text = readFileSync(path.join(source, file), 'utf8');
    writeFileSync(path.join(target, file), text.replaceAll('analytics-service:', `${appId}:`));
  }
  return target;
}

/** Nothing that would configure a service otherwise than it is shipped. */
function baseEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(kept);
}
