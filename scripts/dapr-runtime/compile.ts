import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hasCode } from './disk.ts';
import { type PinnedModule, pinnedModules } from './modules.ts';
import type { Progress } from './progress.ts';
import { runGo } from './run-go.ts';

// Measured on two cores with a fast line, as are the programs' seconds: 0.8 GB are fetched.
const fetchSeconds = 60;

const compileSeconds = sum(
  pinnedModules.flatMap(({ programs }) => programs.map(({ seconds }) => seconds)),
);

/** How long the whole takes with two cores and a fast line. */
export const usualSeconds = fetchSeconds + compileSeconds;
/** Seconds to the end of the fetching, and to the end of the compiling. */
export const phaseEnds = [fetchSeconds, usualSeconds];

interface Step {
  name: string;
  unit: string;
  /** The lines of Go's output that each stand for one unit. */
  counted: RegExp;
  /** How many of them, about. */
  total: number;
  seconds: number;
  commands: { cwd: string; args: string[] }[];
}

/**
 * Fetches the pinned modules, then compiles each program into `folder`. Appends Go's output to
 * `log`, which also tells a later attempt how far this one came. Rejects as runGo does.
 */
export async function compileDapr(options: {
  go: string;
  env: NodeJS.ProcessEnv;
  /** Of each pinned module. */
  versions: readonly string[];
  folder: string;
  log: string;
  signal: AbortSignal;
  progress: Progress;
}): Promise<void> {
  const { go, env, versions, folder, log, signal, progress } = options;
  const seen = await readLog(log);
  const steps = listSteps(versions, folder).map((step) => {
    const lines = [...(seen.get(step.name) ?? [])].filter((line) => step.counted.test(line));
    return { ...step, lines: new Set(lines), finished: false };
  });
  for (const step of steps) {
    const { name, unit, counted, total, commands, lines } = step;
    const show = () => {
      progress.show(name, `${Math.min(lines.size, total)}/${total} ${unit}`, secondsDone(steps));
    };
    show();
    for (const { cwd, args } of commands) {
      const onLine = (line: string) => {
        appendFileSync(log, `${name}: ${line}\n`);
        if (counted.test(line)) lines.add(line);
        show();
      };
      await runGo(go, args, { cwd, env, signal, onLine });
    }
    step.finished = true;
  }
}

function secondsDone(steps: readonly (Step & { lines: Set<string>; finished: boolean })[]): number {
  const done = steps.map(({ seconds, finished, lines, total }) => {
    return seconds * (finished ? 1 : Math.min(1, lines.size / total));
  });
  return sum(done);
}

function listSteps(versions: readonly string[], folder: string): Step[] {
  const programs = pinnedModules.flatMap((module, index) =>
    module.programs.map((program) => ({ module, program, version: versions[index] })),
  );
  const fetching: Step = {
    name: 'fetching modules',
    unit: 'modules',
    counted: /^go: downloading /,
    total: sum(pinnedModules.map(({ fetches }) => fetches)),
    seconds: fetchSeconds,
    // Unlike `go mod download`, this fetches only what the programs need.
    commands: pinnedModules.map((module) => {
      const packages = module.programs.map((program) => program.package);
      return { cwd: module.folder, args: ['list', ...flags(module), '-deps', ...packages] };
    }),
  };
  const compiling = programs.map(({ module, program, version }, index): Step => {
    const link = `-ldflags=-s -w -X ${module.versionVariable}=${version}`;
    const output = `-o=${folder}/${program.name}`;
    return {
      name: `compiling ${program.name} (${index + 1}/${programs.length})`,
      unit: 'packages',
      counted: /^[^ :]+$/,
      total: program.packages,
      seconds: program.seconds,
      commands: [
        {
          cwd: module.folder,
          args: ['build', '-v', ...flags(module), link, output, program.package],
        },
      ],
    };
  });
  return [fetching, ...compiling];
}

function flags({ tags }: PinnedModule): string[] {
  return ['-mod=readonly', '-modcacherw', '-trimpath', `-tags=${tags}`];
}

/** The lines that earlier attempts logged, by step. */
async function readLog(log: string): Promise<Map<string, Set<string>>> {
  const seen = new Map<string, Set<string>>();
  const text = await readFile(log, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  });
  for (const logged of text.split('\n')) {
    const end = logged.indexOf(': ');
    if (end < 0) continue;
    const lines = seen.get(logged.slice(0, end)) ?? new Set();
    seen.set(logged.slice(0, end), lines.add(logged.slice(end + 2)));
  }
  return seen;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
