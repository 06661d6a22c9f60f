import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Regular files below a folder, and their bytes. */
export async function folderSize(folder: string): Promise<{ files: number; bytes: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }) => (await lstat(join(parentPath, name))).size),
  );
  return { files: sizes.length, bytes: sizes.reduce((total, size) => total + size, 0) };
}
