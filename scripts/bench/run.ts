import { measureAnalytics } from './analytics.ts';
import { measureChat, measureInFlight, measureSizes } from './chat.ts';
import { type Deployment, startDeployment, startNode } from './deployment.ts';
import { describeMachine, type Machine } from './machine.ts';
import type { Section } from './measures.ts';
import type { Options } from './options.ts';
import type { Plan } from './plan.ts';
import { createProcesses, type Processes, type RunningProcess } from './processes.ts';

/** What every measurement needs. */
export interface Run {
  plan: Plan;
  rate: number;
  modelMs: number;
  daprd: string;
  processes: Processes;
  deployment: Deployment;
  generator: RunningProcess;
  progress(doing: string): void;
}

/** Changes when an older result can no longer be compared with. */
export const resultFormat = 'dapr-service-invocation benchmark 1';

/** What a run leaves: `--json` prints it, `--against` reads it. */
export interface Result {
  format: typeof resultFormat;
  startedAt: string;
  seconds: number;
  machine: Machine;
  parameters: Pick<Options, 'rate' | 'modelMs' | 'plan'>;
  sections: Section[];
}

export interface RunContext {
  daprd: string;
  daprVersion: string;
  progress(doing: string): void;
}

/**
 * Starts everything, measures everything, ends everything, also when this process exits in between.
 * Throws Failure instead of a doubtful result.
 */
export async function runBenchmark(
  { plan, rate, modelMs }: Pick<Options, 'plan' | 'rate' | 'modelMs'>,
  { daprd, daprVersion, progress }: RunContext,
): Promise<Result> {
  const startedAt = new Date();
  const processes = createProcesses();
  const end = () => processes.end();
  process.once('exit', end);
  try {
    progress('starting sidecars, analytics-service, the model stub and the load generator');
    const generator = startNode(processes, 'the load generator', 'scripts/bench/generator.ts');
    const deployment = await startDeployment(processes, { daprd });
    const run: Run = {
      plan,
      rate,
      modelMs,
      daprd,
      processes,
      deployment,
      generator,
      progress,
    };
    const sections = [await measureChat(run), ...(await measureAnalytics(run))];
    sections.push(await measureInFlight(run), await measureSizes(run));
    return {
      format: resultFormat,
      startedAt: startedAt.toISOString(),
      seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
      machine: await describeMachine(daprVersion),
      parameters: { rate, modelMs, plan },
      sections: sections.filter(({ measures }) => measures.length > 0),
    };
  } finally {
    process.off('exit', end);
    end();
  }
}
