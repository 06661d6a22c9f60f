import { appendFileSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { minutes, type Output } from '../../dapr-runtime/progress.ts';
import { runGo } from '../../dapr-runtime/run-go.ts';
import { type PinnedModule, pinnedModules } from './programs.ts';

// Measured with a fast line; 1.9 GB of modules are unpacked.
const fetchSeconds = 60;
/** How long the whole takes with two cores and a fast line. */
export const usualSeconds =
  fetchSeconds +
  pinnedModules
    .flatMap(({ programs }) => programs)
    .reduce((total, { seconds }) => total + seconds, 0);

const lineEveryMs = 30_000;
const stages = [
  'node/fast/node-initialize.yaml',
  'node/heartbeat-with-lease/node-heartbeat-with-lease.yaml',
  'pod/fast/pod-ready.yaml',
  'pod/fast/pod-complete.yaml',
  'pod/fast/pod-delete.yaml',
];

interface Step {
  name: string;
  seconds: number;
  cwd: string;
  args: string[];
}

/**
 * Fetches the pinned modules and builds their programs into `result`, with Dapr's chart and kwok's
 * stages, which are part of their modules. A line goes to `output` for each step, and every half
 * minute. Rejects as runGo does.
 */
export async function compile(options: {
  go: string;
  env: NodeJS.ProcessEnv;
  /** Go's module cache. */
  modules: string;
  result: string;
  log: string;
  signal: AbortSignal;
  output: Output;
}): Promise<void> {
  const { go, env, modules, result, log, signal, output } = options;
  const steps = pinnedModules.flatMap((module) => stepsOf(module, join(result, 'bin')));
  const start = performance.now();
  let done = 0;
  for (const { name, seconds, cwd, args } of steps) {
    let lines = 0;
    const tell = () => {
      const left = minutes((usualSeconds - done) * 1000);
      const elapsed = minutes(performance.now() - start);
      const count = lines === 0 ? '' : `, ${lines} packages`;
      output.write(
        `Building the control plane: ${name}${count}, ${elapsed} so far, usually ${left} to go\n`,
      );
    };
    tell();
    const timer = setInterval(tell, lineEveryMs);
    const onLine = (line: string) => {
      appendFileSync(log, `${name}: ${line}\n`);
      lines += 1;
    };
    await runGo(go, args, { cwd, env, signal, onLine }).finally(() => clearInterval(timer));
    done += seconds;
  }
  const daprd = await moduleFolder(modules, 'github.com/dapr', 'dapr');
  await cp(join(daprd, 'charts', 'dapr'), join(result, 'dapr-chart'), { recursive: true });
  const kwok = await moduleFolder(modules, 'sigs.k8s.io', 'kwok');
  const texts = stages.map((stage) => readFile(join(kwok, 'kustomize', 'stage', stage), 'utf8'));
  await writeFile(join(result, 'kwok-stages.yaml'), (await Promise.all(texts)).join('\n---\n'));
}

function stepsOf({ name, folder, variables, programs }: PinnedModule, bin: string): Step[] {
  const flags = ['-mod=readonly', '-modcacherw', '-trimpath'];
  const values = Object.entries(variables).map(([variable, value]) => ` -X ${variable}=${value}`);
  const link = `-ldflags=-s -w${values.join('')}`;
  const packages = programs.map((program) => program.package);
  return [
    {
      name: `fetching what ${name} needs`,
      seconds: fetchSeconds / pinnedModules.length,
      cwd: folder,
      args: ['list', ...flags, '-deps', ...packages],
    },
    ...programs.map((program) => ({
      name: `compiling ${program.name}`,
      seconds: program.seconds,
      cwd: folder,
      args: ['build', '-v', ...flags, link, `-o=${bin}/${program.name}`, program.package],
    })),
  ];
}

/** The one version of a module that was fetched. */
async function moduleFolder(modules: string, path: string, name: string): Promise<string> {
  const folder = join(modules, path);
  const found = (await readdir(folder)).filter((entry) => entry.startsWith(`${name}@`));
  if (found.length !== 1) throw new Error(`${folder} holds not one ${name}: ${found.join(', ')}`);
  return join(folder, found[0] ?? '');
}
