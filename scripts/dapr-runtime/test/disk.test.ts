import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freeBytes, removeTree, sizeOf } from '../disk.ts';
import { temporaryFolder } from './fakes.ts';

test('adds up the files below a folder, and finds nothing where there is none', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'a', 'b'), { recursive: true });
  await writeFile(join(folder, 'one'), 'x'.repeat(1000));
  await writeFile(join(folder, 'a', 'b', 'two'), 'x'.repeat(234));
  expect(await sizeOf(folder)).toBe(1234);
  expect(await sizeOf(join(folder, 'none'))).toBe(0);
});

test('knows how much can be written', async () => {
  expect(await freeBytes(await temporaryFolder())).toBeGreaterThan(0);
});

test('removes read-only folders, and nothing that a link in them names', async () => {
  const folder = await temporaryFolder();
  const cache = join(folder, 'cache');
  const other = join(folder, 'other');
  await mkdir(join(cache, 'module'), { recursive: true });
  await mkdir(other, { mode: 0o555 });
  await writeFile(join(cache, 'module', 'source.go'), '');
  await symlink(other, join(cache, 'module', 'link'));
  await chmod(join(cache, 'module'), 0o555);
  await removeTree(cache);
  await removeTree(cache);
  expect(await readdir(folder)).toEqual(['other']);
  expect((await stat(other)).mode & 0o777).toBe(0o555);
});
