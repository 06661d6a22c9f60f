import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copySystem } from './system.ts';

export const services = ['analytics-service', 'chat-service'] as const;
export type Service = (typeof services)[number];

const project = fileURLToPath(new URL('../..', import.meta.url));
const pnpm = 'pnpm@12.21.0';
const deployDeadlineMs = 5 * 60_000;

/**
 * Writes all files of a service's container image into `folder`, which must be empty or missing:
 * `app` (its source and production packages, as the lock file has them) and `system` (Node and the
 * libraries that it loads). Throws where packages or libraries cannot be had.
 */
export async function buildImage(options: {
  service: Service;
  folder: string;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}): Promise<void> {
  const { service, folder } = options;
  await requireEmpty(folder);
  const work = await mkdtemp(join(tmpdir(), 'image-'));
  try {
    const workspace = join(work, 'workspace');
    await copyWorkspace(service, workspace);
    const deployed = join(work, 'deployed');
    await deploy(workspace, deployed, options);
    for (const name of ['node_modules', 'package.json', 'src']) {
      const copy = { recursive: true, verbatimSymlinks: true, filter: isUsed };
      await cp(join(deployed, name), join(folder, 'app', name), copy);
    }
    await copySystem(process.execPath, join(folder, 'system'));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Node runs no TypeScript below node_modules, and reads source maps only when told to. */
function isUsed(path: string): boolean {
  return !path.includes('/node_modules/') || !/\.(map|[cm]?ts)$/.test(path);
}

/** What pnpm needs to know of the workspace, and of the sources only the service's own. */
async function copyWorkspace(service: Service, workspace: string): Promise<void> {
  const manifests = services.map((name) => `${name}/package.json`);
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests];
  for (const file of [...files, `${service}/src`]) {
    await mkdir(dirname(join(workspace, file)), { recursive: true });
    await cp(join(project, file), join(workspace, file), { recursive: true });
  }
}

async function deploy(
  workspace: string,
  target: string,
  { service, env, signal }: { service: Service; env: NodeJS.ProcessEnv; signal?: AbortSignal },
): Promise<void> {
  const args = [
    '-y',
    pnpm,
    `--filter=${service}`,
    'deploy',
    '--prod',
    // Without it, pnpm deploy does not use the workspace's lock file.
    '--config.inject-workspace-packages=true',
    // The age of each release was checked when the lock file was written.
    '--config.minimum-release-age=0',
    // Else the image's files are links into pnpm's store.
    '--config.package-import-method=copy',
    target,
  ];
  await promisify(execFile)('npx', args, {
    cwd: workspace,
    env,
    timeout: deployDeadlineMs,
    ...(signal && { signal }),
  }).catch((cause: { message: string; stdout?: string; stderr?: string }) => {
    const output = `${cause.stdout ?? ''}${cause.stderr ?? ''}`.trim();
    throw new Error(
      `The packages of ${service} could not be installed (pnpm deploy): ${output || cause.message}`,
      { cause },
    );
  });
}

async function requireEmpty(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length === 0) return;
  throw new Error(`${folder} is not empty: name a folder that is, or one that is not there yet.`);
}

if (import.meta.main) {
  const [name, folder, ...rest] = process.argv.slice(2);
  const service = services.find((known) => known === name);
  if (service === undefined || folder === undefined || rest.length > 0) {
    console.error(`Usage: node scripts/image/build.ts <${services.join('|')}> <empty folder>`);
    process.exit(2);
  }
  await buildImage({ service, folder: resolve(folder), env: process.env }).catch(
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    },
  );
}
