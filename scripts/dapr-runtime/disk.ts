import { chmod, lstat, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes that this user can still write to the folder's file system. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Bytes of all files below a folder; 0 where it is not there. */
export async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(ignoreMissing);
  const sizes = (entries ?? []).map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return await sizeOf(path);
    return (await lstat(path).catch(ignoreMissing))?.size ?? 0;
  });
  return (await Promise.all(sizes)).reduce((total, size) => total + size, 0);
}

/** Removes a folder where it is there, with read-only folders in it: Go caches a toolchain so. */
export async function removeTree(folder: string): Promise<void> {
  // Beforehand, since a recursive rm that fails goes on removing in the background.
  await makeFoldersWritable(folder).catch(ignoreMissing);
  // Retries, for files that an interrupted Go was just writing.
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function makeFoldersWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory());
  await Promise.all(folders.map(({ name }) => makeFoldersWritable(join(folder, name))));
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

function ignoreMissing(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error;
}
