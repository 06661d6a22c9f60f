import { setTimeout as delay } from 'node:timers/promises';
import { sendSteadily } from '../faults/load.ts';
import { modelFaults } from '../faults/model-faults.ts';
import { firstInstances, type System, startSystem } from '../faults/system.ts';
import { waitUntil } from '../live/sidecar-process.ts';
import { type PlannedChat, planChat, problemOf } from './chats.ts';
import { causeFaults } from './fault-plan.ts';
import type { Options } from './options.ts';
import { createRandom } from './random.ts';
import { type Sample, takeSample } from './samples.ts';
import { judge, type Verdict } from './verdict.ts';

/** Milliseconds between two looks at chat-service. */
const sampleMs = 1000;

/** Milliseconds after which connections that rest in a pool have been closed. */
const poolsMs = 6000;

/**
 * For chat-service: megabytes of the heap's young generation. Left to itself on a machine with much
 * memory, Node lets short-lived garbage pile up to 100 MB and more over minutes, as a leak would.
 */
const smallYoungGeneration = { NODE_OPTIONS: '--max-semi-space-size=4' };

export interface Surroundings {
  /** Ends the run early; what came of it so far is judged. */
  signal: AbortSignal;
  progress: (text: string) => void;
}

/** Runs the system under load and faults for as long as the options say, and judges it. */
export async function soak(options: Options, { signal, progress }: Surroundings): Promise<Verdict> {
  const system = await startSystem({ env: smallYoungGeneration });
  try {
    return await observe(system, options, { signal, progress });
  } finally {
    await system.stop();
  }
}

async function observe(
  system: System,
  { minutes, seed, rate }: Options,
  { signal, progress }: Surroundings,
): Promise<Verdict> {
  for (const { fault, behaviour } of modelFaults) system.model.script(fault, behaviour);
  const { service } = firstInstances(system).caller;
  const pid = service.pid();
  const begin = performance.now();
  const sample = () => takeSample(pid, (performance.now() - begin) / 60_000);
  const first = sample();
  const samples: Sample[] = [];
  const seen = new Map<string, number>();
  const problems = new Map<string, number>();
  let chats = 0;
  let faults = 0;
  let current = 'no fault';

  const chatRandom = createRandom(seed);
  const load = sendSteadily<PlannedChat>(
    1000 / rate,
    () => planChat(chatRandom, service.port),
    (outcome, sent) => {
      chats += 1;
      const problem = problemOf(outcome, sent);
      if (problem !== undefined) increment(problems, problem);
      if (!(outcome instanceof Error)) {
        increment(seen, `${outcome.status} ${outcome.analytics ?? ''}`.trim());
      }
    },
  );
  const broken = new AbortController();
  const over = AbortSignal.any([signal, broken.signal, AbortSignal.timeout(minutes * 60_000)]);
  const faulty = causeFaults(system, createRandom(seed + 1), {
    signal: over,
    onFault: (fault) => {
      current = fault ?? 'no fault';
      if (fault !== undefined) faults += 1;
    },
  }).catch((error: unknown) => {
    increment(problems, `a part that does not come up again (${error})`);
    broken.abort();
  });
  try {
    while (!over.aborted && service.isRunning()) {
      samples.push(sample());
      const memory = samples.at(-1)?.memoryMb?.toFixed(0) ?? '?';
      progress(
        `of ${minutes * 60} s, ${chats} chats, ${total(problems)} wrong, ${memory} MB, ${current}`,
      );
      await delay(sampleMs, undefined, { signal: over }).catch(() => {});
    }
  } finally {
    await load.stop();
    await faulty;
  }

  if (!service.isRunning() || service.pid() !== pid) increment(problems, 'chat-service ended');
  if (service.complaints()) increment(problems, `a complaint of Node's: ${service.complaints()}`);
  let last = first;
  if (service.isRunning()) {
    await expectRecovery(system, problems);
    progress('waiting for connections to close');
    await delay(poolsMs);
    last = sample();
  }
  return judge({ chats, faults, seen, problems, samples, first, last });
}

async function expectRecovery(system: System, problems: Map<string, number>): Promise<void> {
  try {
    const isWell = async () => (await system.chat('bob')).analytics === 'ok';
    // The breaker of a user who chatted during the last fault is open for 5 s.
    await waitUntil('a chat knows its count', isWell, 12_000);
  } catch {
    increment(problems, 'no recovery within 12 s after the last fault');
  }
}

function increment(counts: Map<string, number>, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
