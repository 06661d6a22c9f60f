import { type ChildProcess, spawn } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const enter = fileURLToPath(new URL('./enter.sh', import.meta.url));

/** Lays out an image's files as its Dockerfile does. */
export async function layOutImage(image: string, root: string): Promise<void> {
  await cp(join(image, 'system'), root, { recursive: true });
  await cp(join(image, 'app'), join(root, 'app'), { recursive: true, verbatimSymlinks: true });
}

/**
 * Starts a service as a container would: `root` is its whole file system, read-only, and its user
 * has no privileges. Needs root. Standard output and error are pipes.
 */
export function startImage(root: string, env: Record<string, string>): ChildProcess {
  const args = ['--mount', '--propagation', 'private', 'sh', enter, root];
  return spawn('unshare', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
}
