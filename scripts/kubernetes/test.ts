import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DaprUnavailable, ensureDapr } from '../dapr-runtime/ensure.ts';
import { buildImage, services } from '../image/build.ts';
import { layOutImage } from '../image/image-process.ts';
import { ControlPlaneUnavailable } from './build/control-plane-unavailable.ts';
import { ensurePrograms } from './build/ensure.ts';
import { currentNamespaces } from './cluster.ts';

/**
 * `pnpm test:kubernetes [vitest's arguments]`: the manifests on a real API server, in network, pid
 * and mount namespaces of its own. Builds what it needs, once for this machine. Where that cannot
 * be, the tests are skipped, and counted as skipped; in CI that is a failure.
 */
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort(signal));
}
const project = fileURLToPath(new URL('../..', import.meta.url));
const vitest = [
  join(project, 'node_modules/vitest/vitest.mjs'),
  ...['run', '--config', join(project, 'scripts/kubernetes/vitest.config.ts')],
  ...process.argv.slice(2),
];
// All that is bound, mounted or started in these namespaces ends with their first process.
const namespaces = [
  // Also where this process is killed.
  ...['setpriv', '--pdeathsig', 'SIGKILL'],
  'unshare',
  ...['--net', '--pid', '--mount', '--propagation', 'private', '--fork', '--mount-proc'],
  '--kill-child=SIGKILL',
];

const work = await mkdtemp(join(tmpdir(), 'kubernetes-'));
try {
  process.exitCode = await test();
} finally {
  await rm(work, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function test(): Promise<number> {
  const env: NodeJS.ProcessEnv = { ...process.env };
  try {
    await requireLinuxRoot();
    const build = { env: process.env, output: process.stderr, signal: interrupted.signal };
    const runtime = await ensureDapr(build);
    const programs = await ensurePrograms(build);
    for (const service of services) {
      const image = join(work, 'image', service);
      await buildImage({ ...build, service, folder: image });
      await layOutImage(image, join(work, 'images', service));
    }
    env['DAPR_RUNTIME_PATH'] = runtime.root;
    env['KUBERNETES_TEST'] = JSON.stringify({
      ...programs,
      daprd: runtime.daprd,
      images: join(work, 'images'),
      work,
      outside: await currentNamespaces(),
    });
  } catch (error) {
    if (interrupted.signal.aborted) return 130;
    if (!(error instanceof DaprUnavailable || error instanceof ControlPlaneUnavailable))
      throw error;
    console.error(error.message);
    if (process.env['CI'] === 'true') {
      console.error('In CI the tests that need a control plane may not be skipped.');
      return 1;
    }
    console.error('The tests that need it are skipped.');
    return await runToEnd([process.execPath, ...vitest], env);
  }
  return await runToEnd([...namespaces, process.execPath, ...vitest], env);
}

async function requireLinuxRoot(): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new ControlPlaneUnavailable(
      'The control plane runs in namespaces of its own, which only root on Linux may make: run this as root there.',
    );
  }
  for (const program of ['unshare', 'ip', 'setpriv', 'openssl']) {
    const folders = (process.env['PATH'] ?? '').split(':');
    const found = folders.map((folder) => access(join(folder, program)));
    await Promise.any(found).catch((cause: unknown) => {
      throw new ControlPlaneUnavailable(`There is no ${program} on the PATH: install it.`, {
        cause,
      });
    });
  }
}

async function runToEnd(
  [command = '', ...args]: string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(command, args, { env, cwd: project, stdio: 'inherit' });
  // unshare holds back every other signal while it waits.
  const kill = () => child.kill('SIGKILL');
  interrupted.signal.addEventListener('abort', kill);
  process.once('exit', kill);
  const [exitCode] = await once(child, 'exit');
  process.off('exit', kill);
  return exitCode ?? 130;
}
