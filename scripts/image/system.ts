import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const lddDeadlineMs = 10_000;

/**
 * Copies Node and the shared libraries that it loads to where the loader looks for them below
 * `root`: all of an operating system that the services need. Throws where `ldd` cannot list them.
 */
export async function copySystem(node: string, root: string): Promise<void> {
  const { stdout } = await promisify(execFile)('ldd', [node], { timeout: lddDeadlineMs });
  if (stdout.includes('not found')) throw new Error(`Libraries of ${node} are missing:\n${stdout}`);
  // Each line is `name => /path (address)`, or `/path (address)` for the loader itself.
  const libraries = [...stdout.matchAll(/(?:^|\s)(\/\S+) \(/gm)].flatMap(([, path]) => path ?? []);
  await copyInto(node, join(root, 'usr/local/bin/node'));
  for (const library of libraries) await copyInto(library, join(root, library));
  // A hosts file goes before DNS; glibc's own order without this file is another.
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
}

async function copyInto(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await copyFile(source, target);
}
