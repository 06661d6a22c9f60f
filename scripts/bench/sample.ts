import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../start/failure.ts';
import type { Deployment, Server } from './deployment.ts';
import type { LoadOrder, LoadReport } from './load.ts';
import type { RunningProcess } from './processes.ts';
import { cpuMsOf, machineCpuMs, memoryOf, resetPeak } from './usage.ts';

/** CPU milliseconds for each request sent; undefined where the system does not tell. */
export interface CpuPerRequest {
  app: number | undefined;
  /** All sidecars together. */
  sidecars: number | undefined;
  generator: number | undefined;
  stub: number | undefined;
}

export interface Sample {
  report: LoadReport;
  cpuMs: CpuPerRequest;
  /** The app's memory at its highest, in megabytes. */
  peakMb: number | undefined;
  /** Cores that processes outside the run kept busy. */
  othersCores: number | undefined;
}

export interface LoadTarget {
  generator: RunningProcess;
  /** Whose cost is measured. */
  app: Server;
  /** Where requests go: to the app, or to a sidecar in front of it. */
  origin: string;
  deployment: Deployment;
  /** Whether requests go through the sidecars, whose cost is measured then. */
  sidecars: boolean;
  /**
   * What a request must reach: as many have to arrive as were sent. More may, since sidecars and
   * the OpenAI client try again.
   */
  through: { model?: boolean; analytics?: boolean };
}

/** A share of one core at which a single-threaded process holds others up. */
const saturated = 0.9;

/** Fewer requests cost less CPU time than the system's clock can tell. */
const minRequests = 200;

/** Puts a load on an app and measures. Throws Failure where the result would not be honest. */
export async function takeSample(
  { generator, app, origin, deployment, sidecars, through }: LoadTarget,
  order: Omit<LoadOrder, 'origin'>,
  modelLatencyMs: number,
): Promise<Sample> {
  const { stub, callees, caller, analytics } = deployment;
  await deployment.setModelLatency(modelLatencyMs);
  const countAnalytics = countRequests(analytics);
  resetPeak(app.pid);
  const meters = {
    app: meter([app]),
    sidecars: meter([caller, ...callees]),
    generator: meter([generator]),
    stub: meter([stub]),
  };
  const everything = meter([...new Set([app, caller, ...callees, ...analytics, generator, stub])]);
  const machineBefore = machineCpuMs();
  const start = performance.now();

  const { loop } = order;
  const timeoutMs = loop.durationMs + (loop.kind === 'closed' ? loop.rampMs : 0) + 90_000;
  const report = await generator.ask<LoadReport>({ ...order, origin }, timeoutMs);

  const elapsedMs = performance.now() - start;
  const machineMs = difference(machineCpuMs(), machineBefore);
  const spent = {
    app: meters.app(),
    sidecars: sidecars ? meters.sidecars() : undefined,
    generator: meters.generator(),
    stub: through.model ? meters.stub() : undefined,
  };
  const perRequest = (ms: number | undefined) =>
    ms === undefined || report.sent < minRequests ? undefined : ms / report.sent;
  const othersMs = difference(machineMs, everything());

  const problems = [
    ...findFaults(report),
    ...findBottlenecks({ generator: spent.generator, 'the model stub': spent.stub }, elapsedMs),
  ];
  if (through.model) {
    const received = await deployment.setModelLatency(modelLatencyMs);
    if (received < report.sent) {
      problems.push(`${report.sent} requests were sent, the model got ${received}`);
    }
  }
  if (through.analytics) {
    const counted = await countAnalytics(report.sent);
    if (counted < report.sent) {
      problems.push(`${report.sent} requests were sent, analytics-service got ${counted}`);
    }
  }
  const othersCores = othersMs === undefined ? undefined : Math.max(othersMs / elapsedMs, 0);
  if (problems.length > 0) {
    throw new Failure(
      `No result: ${app.name}, ${describe(order)}: ${problems.join('; ')}.${hintOf(othersCores)}`,
    );
  }
  return {
    report,
    cpuMs: {
      app: perRequest(spent.app),
      sidecars: perRequest(spent.sidecars),
      generator: perRequest(spent.generator),
      stub: perRequest(spent.stub),
    },
    peakMb: memoryOf(app.pid)?.peakMb,
    othersCores,
  };
}

/** What is wrong with the answers themselves. */
export function findFaults(report: LoadReport): string[] {
  const problems: string[] = [];
  if (report.sent === 0) problems.push('nothing was sent');
  if (report.wrong > 0) {
    problems.push(
      `${report.wrong} of ${report.sent} went wrong, the first: ${report.firstProblem}`,
    );
  }
  if (report.lateness !== undefined && report.lateness.p50 > 5) {
    problems.push(
      `half of the requests left more than ${report.lateness.p50.toFixed(1)} ms behind schedule: the load generator does not keep up`,
    );
  }
  return problems;
}

/** Processes of ours that were too busy for what was measured to be the app's. */
export function findBottlenecks(
  cpuMsByName: Record<string, number | undefined>,
  elapsedMs: number,
): string[] {
  return Object.entries(cpuMsByName).flatMap(([name, cpuMs]) =>
    cpuMs !== undefined && cpuMs > saturated * elapsedMs
      ? [`${name} used ${Math.round((100 * cpuMs) / elapsedMs)} % of a core and held the rest up`]
      : [],
  );
}

function hintOf(othersCores: number | undefined): string {
  if (othersCores === undefined || othersCores < 0.3) return '';
  return ` Other processes kept ${othersCores.toFixed(1)} cores busy: end them, and try again.`;
}

function meter(processes: RunningProcess[]): () => number | undefined {
  const total = () =>
    processes.reduce<number | undefined>((sum, { pid }) => {
      const ms = cpuMsOf(pid);
      return sum === undefined || ms === undefined ? undefined : sum + ms;
    }, 0);
  const before = total();
  return () => difference(total(), before);
}

function difference(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}

/**
 * Counts the requests that services get from now on: analytics-service logs a line for each. The
 * function that is returned waits a little for the wanted number, since a log may come later.
 */
function countRequests(services: RunningProcess[]): (wanted: number) => Promise<number> {
  const starts = services.map((service) => service.logSize());
  const count = () =>
    services.reduce(
      (sum, service, index) =>
        sum + service.logFrom(starts[index] ?? 0).split('"msg":"request"').length - 1,
      0,
    );
  return async (wanted) => {
    const deadline = performance.now() + 2000;
    while (count() < wanted && performance.now() < deadline) await wait(50);
    return count();
  };
}

function describe({ loop }: Omit<LoadOrder, 'origin'>): string {
  return loop.kind === 'closed'
    ? `${loop.connections} connections`
    : `${loop.ratePerSecond} requests a second`;
}
