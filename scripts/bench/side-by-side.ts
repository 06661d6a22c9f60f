import type { Server } from './deployment.ts';
import type { ExpectedExchange } from './load.ts';
import { type Measure, type Reading, record, type Section } from './measures.ts';
import type { Run } from './run.ts';
import { type LoadTarget, type Sample, takeSample } from './sample.ts';
import { memoryOf } from './usage.ts';

/** One of the things that are measured in turn, so that what disturbs one disturbs all. */
export interface Subject {
  name: string;
  target: Omit<LoadTarget, 'generator'>;
  exchanges: ExpectedExchange[];
}

/** Throughput and latency of all subjects, in turn, round after round. */
export async function measureSideBySide(
  { plan, generator, progress, rate, modelMs }: Run,
  section: Section,
  subjects: Subject[],
): Promise<void> {
  const closed = async (subject: Subject, connections: number, durationMs: number) =>
    await takeSample(
      { ...subject.target, generator },
      {
        exchanges: subject.exchanges,
        loop: { kind: 'closed', connections, rampMs: 200, durationMs },
      },
      0,
    );
  for (const subject of subjects) {
    progress(`warming up ${subject.name}`);
    await closed(subject, 16, plan.warmUpMs);
  }
  for (let round = 1; round <= plan.rounds; round += 1) {
    const title = `round ${round} of ${plan.rounds}`;
    for (const connections of plan.connections) {
      for (const subject of subjects) {
        progress(`${title}: ${subject.name}, ${connections} connections`);
        const sample = await closed(subject, connections, plan.throughputMs);
        recordClosed(section, subject.name, sample, { count: connections, of: 'connections' });
      }
    }
    for (const subject of subjects) {
      progress(`${title}: ${subject.name}, ${rate} requests a second`);
      const sample = await takeSample(
        { ...subject.target, generator },
        {
          exchanges: subject.exchanges,
          loop: { kind: 'open', ratePerSecond: rate, durationMs: plan.rateMs },
        },
        modelMs,
      );
      recordOpen(section, subject.name, sample, { count: rate, of: 'a second' });
    }
  }
}

/** Starts a server as often as there are rounds, and leaves the last one running. */
export async function measureStarts(
  { plan, progress }: Run,
  section: Section,
  subject: string,
  start: () => Promise<Server>,
): Promise<Server> {
  for (let round = 1; ; round += 1) {
    progress(`start ${round} of ${plan.rounds}: ${subject}`);
    const app = await start();
    const reading = { subject, better: 'lower' } as const;
    record(section, {
      ...reading,
      metric: 'first answer after spawn',
      unit: 'ms',
      value: app.startedInMs,
    });
    record(section, {
      ...reading,
      metric: 'memory, idle',
      unit: 'MB',
      value: memoryOf(app.pid)?.residentMb,
    });
    if (round === plan.rounds) return app;
    await app.stop();
  }
}

type Size = NonNullable<Measure['size']>;

/** Records what a closed loop brought. */
export function recordClosed(section: Section, subject: string, sample: Sample, size: Size): void {
  const { report } = sample;
  record(section, {
    subject,
    size,
    metric: 'throughput',
    unit: 'requests/s',
    better: 'higher',
    value: report.requestsPerSecond,
  });
  recordLower(section, { subject, size }, [
    ['p50', 'ms', report.latency.p50],
    ['p99', 'ms', report.latency.p99],
    ...costs(sample),
  ]);
}

function recordOpen(section: Section, subject: string, sample: Sample, size: Size): void {
  const { latency, lateness } = sample.report;
  recordLower(section, { subject, size }, [
    ['p50', 'ms', latency.p50],
    ['p90', 'ms', latency.p90],
    ['p99', 'ms', latency.p99],
    ['p99.9', 'ms', latency.p999],
    ['of it, late departure, p99', 'ms', lateness?.p99],
    ...costs(sample),
  ]);
}

/** Records several metrics of which less is better. */
export function recordLower(
  section: Section,
  where: Pick<Reading, 'subject' | 'size'>,
  readings: readonly (readonly [metric: string, unit: string, value: number | undefined])[],
): void {
  for (const [metric, unit, value] of readings) {
    record(section, { ...where, metric, unit, better: 'lower', value });
  }
}

/** What a request cost, and what the run was disturbed by. */
export function costs({ cpuMs, peakMb, othersCores }: Sample) {
  return [
    ['CPU of the app per request', 'ms', cpuMs.app],
    ['CPU of the sidecars per request', 'ms', cpuMs.sidecars],
    ['CPU of the load generator per request', 'ms', cpuMs.generator],
    ['CPU of the model stub per request', 'ms', cpuMs.stub],
    ['memory, peak', 'MB', peakMb],
    ['cores busy with something else', 'cores', othersCores],
  ] as const;
}
