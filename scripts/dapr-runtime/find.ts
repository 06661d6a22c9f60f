import { basename, dirname, join, resolve } from 'node:path';
import { cacheFolder, homeFolder } from './cache.ts';
import { DaprUnavailable } from './dapr-unavailable.ts';
import { allOnPath, isExecutable, readVersion, type Version } from './executables.ts';
import { readPins } from './modules.ts';
import type { DaprRuntime } from './runtime.ts';
import { isAtLeast } from './version.ts';

/** The oldest CLI and runtime that understand a multi-app file as this project writes it. */
export const oldestVersion = '1.12.0';

interface Candidate {
  cli: string;
  /** What DAPR_RUNTIME_PATH names: Dapr's CLI runs `<root>/.dapr/bin/daprd` and no other. */
  root: string;
  origin: string;
}

/**
 * Looks for a Dapr that works; undefined where there is none. Never builds. One that is there and
 * does not work goes to `report`, one line each. Throws DaprUnavailable where DAPR_RUNTIME_PATH
 * names a folder without a Dapr that works.
 */
export async function findDapr(
  env: NodeJS.ProcessEnv,
  report: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): Promise<DaprRuntime | undefined> {
  const chosen = env['DAPR_RUNTIME_PATH']?.trim();
  if (chosen) return await takeChosen(resolve(chosen), env);
  const problems = new Set<string>();
  for (const candidate of await listCandidates(env)) {
    const result = await tryCandidate(candidate, env);
    if ('root' in result) return result;
    if (!problems.has(result.problem)) report(`Dapr not used: ${result.problem}.`);
    problems.add(result.problem);
  }
  return undefined;
}

/** Looks for the Dapr that this project built before; tells why where it does not work. */
export async function findBuiltDapr(
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<DaprRuntime | { problem: string }> {
  return await tryCandidate(builtIn(folder), env);
}

async function takeChosen(root: string, env: NodeJS.ProcessEnv): Promise<DaprRuntime> {
  const own = inFolder(root, 'DAPR_RUNTIME_PATH');
  const [onPath] = await allOnPath('dapr', env);
  const cli = onPath === undefined || (await isExecutable(own.cli)) ? own.cli : onPath;
  const result = await tryCandidate({ ...own, cli }, env);
  if ('root' in result) return result;
  throw new DaprUnavailable(
    `DAPR_RUNTIME_PATH is ${root}, but ${result.problem}. Set it to the folder that holds .dapr/bin/daprd (${oldestVersion} or newer), or unset it.`,
  );
}

async function listCandidates(env: NodeJS.ProcessEnv): Promise<Candidate[]> {
  const home = inFolder(homeFolder(env), '~/.dapr/bin');
  const built = builtIn(join(cacheFolder(env), (await readPins()).key));
  const candidates: Candidate[] = [];
  for (const cli of await allOnPath('dapr', env)) {
    const beside = await isExecutable(join(dirname(cli), 'daprd'));
    const root = beside && isBinFolder(dirname(cli)) ? dirname(dirname(dirname(cli))) : home.root;
    candidates.push({ cli, root, origin: 'PATH' });
  }
  // A daprd that no CLI on PATH goes with is worth a report.
  const left = candidates.some(({ root }) => root === home.root) ? home.cli : daprdOf(home);
  if ((await isExecutable(home.cli)) || (await isExecutable(left))) candidates.push(home);
  if (await isExecutable(built.cli)) candidates.push(built);
  return candidates;
}

async function tryCandidate(
  candidate: Candidate,
  env: NodeJS.ProcessEnv,
): Promise<DaprRuntime | { problem: string }> {
  const { cli, root, origin } = candidate;
  const daprd = daprdOf(candidate);
  const cliEnv = { ...env, DAPR_RUNTIME_PATH: root };
  const [ofCli, ofDaprd] = await Promise.all([
    readNewEnough(cli, /CLI version: v?(\d+\.\d+\S*)/, cliEnv),
    readNewEnough(daprd, /^v?(\d+\.\d+\S*)/, env),
  ]);
  if ('problem' in ofCli) return ofCli;
  if ('problem' in ofDaprd) return ofDaprd;
  const [placement, sentry] = await Promise.all(
    ['placement', 'sentry'].map(async (name) => {
      const path = join(dirname(daprd), name);
      return (await isExecutable(path)) ? path : undefined;
    }),
  );
  const versions = { cliVersion: ofCli.version, runtimeVersion: ofDaprd.version };
  return { root, cli, daprd, placement, sentry, ...versions, origin };
}

async function readNewEnough(
  path: string,
  pattern: RegExp,
  env: NodeJS.ProcessEnv,
): Promise<Version> {
  const result = await readVersion(path, pattern, env);
  if ('problem' in result) return { problem: `${path} ${result.problem}` };
  if (isAtLeast(result.version, oldestVersion)) return result;
  const { version } = result;
  return { problem: `${path} is version ${version}, ${oldestVersion} or newer is needed` };
}

function inFolder(root: string, origin: string): Candidate {
  return { cli: join(root, '.dapr', 'bin', 'dapr'), root, origin };
}

function builtIn(root: string): Candidate {
  return inFolder(root, `built here, in ${root}`);
}

function daprdOf({ root }: Candidate): string {
  return join(root, '.dapr', 'bin', 'daprd');
}

function isBinFolder(folder: string): boolean {
  return basename(folder) === 'bin' && basename(dirname(folder)) === '.dapr';
}
