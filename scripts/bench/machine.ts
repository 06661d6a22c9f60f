import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** Where a result comes from. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  versions: Record<string, string>;
  /** Of the project; with a + where files are changed, unknown outside of a git repository. */
  commit: string;
}

const projectRoot = path.resolve(import.meta.dirname, '../..');

export async function describeMachine(daprVersion: string): Promise<Machine> {
  const processors = cpus();
  const libraries = ['fastify', 'openai', 'undici'].map((name) => [name, versionOf(name)]);
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${platform()} ${release()} ${arch()}`,
    versions: {
      node: process.versions.node,
      daprd: daprVersion,
      ...Object.fromEntries(libraries),
    },
    commit: await readCommit(),
  };
}

function versionOf(library: string): string {
  const file = path.join(projectRoot, 'chat-service/node_modules', library, 'package.json');
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return version;
}

async function readCommit(): Promise<string> {
  const git = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)('git', args, {
      cwd: projectRoot,
      timeout: 10_000,
    });
    return stdout.trim();
  };
  try {
    const commit = await git('rev-parse', '--short=12', 'HEAD');
    const changes = await git('status', '--porcelain', '--untracked-files=no');
    return changes === '' ? commit : `${commit}+`;
  } catch {
    // An archive of the project has no history.
    return 'unknown';
  }
}
